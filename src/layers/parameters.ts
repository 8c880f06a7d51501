/**
 * Parameters: the weights of one part of a model, under the names that the checkpoint gives them.
 *
 * A source decides where the numbers come from: the files of a checkpoint (`stored_weights.ts`) or the
 * inputs of the graph (`fed_weights.ts`). A family's file does not know which, so the same file serves a
 * model and trains it.
 *
 * @module
 */

import type { Dtype, Value } from "../onnx/value.ts";
import type { TableShape } from "./embedding.ts";
import type { LinearShape } from "./linear.ts";

/** Where weights come from, by their full names. */
export interface WeightSource {
  /** Whether there is a tensor of that name. */
  has(name: string): boolean;
  /**
   * A tensor. Taking it again, as models with tied embeddings do, gives the same value.
   *
   * @param dtype the element type to return. @default the one that the source computes in
   * @throws {AbacusError} `bad_model` where the tensor is missing or has another shape
   */
  take(name: string, shape: readonly number[], dtype?: Dtype): Value;
  /**
   * The linear layer `name`, stored as `<name>.weight` and `<name>.bias`, applied to `x`, in the element
   * type of `x`. The one place where a product with a stored weight is decided: a source of quantised
   * weights multiplies in its own way, and one with an adapter adds its product (`adapted_weights.ts`).
   *
   * @returns `[rows, outputs]`
   * @throws {AbacusError} `bad_model` as {@linkcode take}
   */
  linear(x: Value, name: string, shape: LinearShape): Value;
  /**
   * Rows `index` of the table `name`, stored as `<name>.weight`, in the element type to compute in. Where
   * look-ups are decided, as products are in {@linkcode linear}.
   *
   * @returns `[rows, width]`
   * @throws {AbacusError} `bad_model` as {@linkcode take}
   */
  rows(index: Value, name: string, shape: TableShape): Value;
}

/** A place in the checkpoint's tree of names, as `model.layers.0.self_attn`. */
export class Parameters {
  readonly #source: WeightSource;
  readonly #path: string;

  constructor(source: WeightSource, path = "") {
    this.#source = source;
    this.#path = path;
  }

  /** The part of that name within this one. */
  at(name: string | number): Parameters {
    return new Parameters(this.#source, this.#name(`${name}`));
  }

  /** Whether there is a tensor of that name here. */
  has(name: string): boolean {
    return this.#source.has(this.#name(name));
  }

  /** As {@linkcode WeightSource.take}, by the name within this part. */
  take(name: string, shape: readonly number[], dtype?: Dtype): Value {
    return this.#source.take(this.#name(name), shape, dtype);
  }

  /** As {@linkcode WeightSource.linear}: this part is the linear layer. */
  linear(x: Value, shape: LinearShape): Value {
    return this.#source.linear(x, this.#path, shape);
  }

  /** As {@linkcode WeightSource.rows}: this part is the table. */
  rows(index: Value, shape: TableShape): Value {
    return this.#source.rows(index, this.#path, shape);
  }

  #name(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
