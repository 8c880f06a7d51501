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
  readonly #path: string;

  /** @param dtype the element type to compute in; stored weights are cast to it in the graph. */
  constructor(graph: Graph, ledger: TensorLedger, dtype: Dtype, path = "") {
    this.graph = graph;
    this.dtype = dtype;
    this.#ledger = ledger;
    this.#path = path;
  }

  /** The part of that name within this one. */
  at(name: string | number): Parameters {
    return new Parameters(this.graph, this.#ledger, this.dtype, this.#name(`${name}`));
  }

  /** Whether the checkpoint holds a tensor of that name here. */
  has(name: string): boolean {
    return this.#ledger.has(this.#name(name));
  }

  /** @throws {AbacusError} `bad_model` where the tensor is missing or has another shape. */
  take(name: string, shape: readonly number[]): Value {
    return cast(this.graph.weight(this.#ledger.take(this.#name(name), shape)), this.dtype);
  }

  #name(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
