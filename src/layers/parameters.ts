/**
 * Parameters: the weights of one part of a model, found under the names the checkpoint gives them.
 *
 * @module
 */

import type { Graph } from "../onnx/graph.ts";
import { cast } from "../onnx/ops.ts";
import type { Dtype, Value } from "../onnx/value.ts";
import type { TensorLedger } from "../weights/checkpoint.ts";

/** A place in the checkpoint's tree of names, as `model.layers.0.self_attn`. */
export class Parameters {
  readonly graph: Graph;
  readonly dtype: Dtype;
  readonly #ledger: TensorLedger;
  readonly #place: Place;

  /** @param dtype the element type to compute in; stored weights are cast to it in the graph. */
  constructor(graph: Graph, ledger: TensorLedger, dtype: Dtype, place: Place = root()) {
    this.graph = graph;
    this.dtype = dtype;
    this.#ledger = ledger;
    this.#place = place;
  }

  /** The part of that name within this one. */
  at(name: string | number): Parameters {
    const place = { ...this.#place, path: this.#name(`${name}`) };
    return new Parameters(this.graph, this.#ledger, this.dtype, place);
  }

  /** Whether the checkpoint holds a tensor of that name here. */
  has(name: string): boolean {
    return this.#ledger.has(this.#name(name));
  }

  /**
   * A tensor in the element type to compute in; one that is asked for again, as tied embeddings are, is
   * the same value.
   *
   * @throws {AbacusError} `bad_model` where the tensor is missing or has another shape.
   */
  take(name: string, shape: readonly number[]): Value {
    const stored = this.graph.weight(this.#ledger.take(this.#name(name), shape));
    const known = this.#place.taken.get(stored) ?? cast(stored, this.dtype);
    this.#place.taken.set(stored, known);
    return known;
  }

  #name(name: string): string {
    const { path } = this.#place;
    return path === "" ? name : `${path}.${name}`;
  }
}

/** Where parameters stand, and what all parts of one model took so far, as it was cast. */
interface Place {
  readonly path: string;
  readonly taken: Map<Value, Value>;
}

function root(): Place {
  return { path: "", taken: new Map() };
}
