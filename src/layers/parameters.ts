/**
 * Parameters: the weights of one part of a model, found under the names the checkpoint gives them.
 *
 * Where the numbers come from is the source's business: a checkpoint's own file (`stored_weights.ts`)
 * or whatever the graph is fed (`fed_weights.ts`). Families see no difference, so that the page that
 * serves a model also trains it.
 *
 * @module
 */

import type { Value } from "../onnx/value.ts";

/** Hands out weights by their full names. */
export interface WeightSource {
  /** Whether there is a tensor of that name. */
  has(name: string): boolean;
  /**
   * The tensor in the element type to compute in; one that is asked for again, as tied embeddings are,
   * is the same value.
   *
   * @throws {AbacusError} `bad_model` where the tensor is missing or has another shape.
   */
  take(name: string, shape: readonly number[]): Value;
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
  take(name: string, shape: readonly number[]): Value {
    return this.#source.take(this.#name(name), shape);
  }

  #name(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`;
  }
}
