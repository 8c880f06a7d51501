/**
 * A deterministic engine for tests: logits and attention are hashes of the ids, so that a query gets
 * the same output alone and in any batch, and two queries that differ get different ones.
 *
 * It behaves as a causal model does: a logit depends on the ids up to its row and on nothing behind.
 * It can be told to fail, to wait and to find numbers that are not finite.
 *
 * @module
 */

import { AbacusError } from "../../src/errors.ts";
import type {
  BatchOutput,
  Engine,
  EngineFacts,
  Query,
  SequenceOutput,
} from "../../src/engine/engine.ts";

/** How a fake engine differs from the plain one. */
export interface FakeEngineOptions {
  /** Outputs of the head. @default 1 */
  labels?: number;
  /** What the batch reports as its cost. @default 5 */
  inferenceMs?: number;
  /** Queries whose logits are not finite: the batch fails with `model_failure` at their index. */
  notFinite?: (ids: Int32Array) => boolean;
  /** Replaces the attention of the pooled position: one weight per token. */
  attention?: (ids: Int32Array) => ArrayLike<number>;
  /** Replaces the gradient of the score: one signed number per token. */
  gradient?: (ids: Int32Array) => ArrayLike<number>;
}

/** An {@linkcode Engine} without a model. */
export class FakeEngine implements Engine {
  readonly facts: EngineFacts = { device: "cpu", dtype: "float32", threads: 1, onDevice: 1 };
  readonly capacity = 2;
  /** Every batch that was asked for, in order, failed ones included. */
  readonly batches: (readonly Query[])[] = [];
  /** Whether the engine was disposed of. */
  disposed = false;
  readonly #options: FakeEngineOptions;
  readonly #failures: unknown[] = [];
  #gate: PromiseWithResolvers<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FakeEngineOptions = {}) {
    this.#options = options;
  }

  /** The next batch throws `error`; calls add up. */
  failNext(error: unknown = new AbacusError("model_failure", "Cannot run as told to fail")): void {
    this.#failures.push(error);
  }

  /** Batches wait from here on, until {@linkcode release}. */
  hold(): void {
    this.#gate ??= Promise.withResolvers();
  }

  /** Lets every waiting batch go. */
  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  run(queries: readonly Query[]): Promise<BatchOutput> {
    const turn = this.#last.then(() => this.#runAlone(queries));
    this.#last = turn.catch(() => {});
    return turn;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.disposed = true;
    this.release();
    return Promise.resolve();
  }

  async #runAlone(queries: readonly Query[]): Promise<BatchOutput> {
    this.batches.push(queries);
    await this.#gate?.promise;
    if (this.disposed) {
      throw new AbacusError("model_failure", "Cannot run the model: the engine is closed");
    }
    if (this.#failures.length > 0) throw this.#failures.shift();
    const bad = queries.findIndex((query) => this.#options.notFinite?.(query.ids) ?? false);
    if (bad >= 0) {
      throw new AbacusError(
        "model_failure",
        "Cannot score as a logit is not finite: received NaN",
        {
          path: `[${bad}]`,
        },
      );
    }
    if (queries.length === 0) return { outputs: [], computedTokens: 0, inferenceMs: 0 };
    return {
      outputs: queries.map((query) => this.#output(query)),
      computedTokens: distinctPrefixes(queries),
      inferenceMs: this.#options.inferenceMs ?? 5,
    };
  }

  #output({ ids, pool, rows, measure }: Query): SequenceOutput {
    const seen = ids.subarray(0, (pool.at(-1) ?? 0) + 1);
    return {
      logits: this.#logits(ids, pool.slice(-1)),
      rowLogits: this.#logits(ids, rows),
      measured: Object.fromEntries(measure.map((name) => [
        name,
        name === "gradient" ? this.#signed(seen, ids) : this.#attention(seen, ids),
      ])),
    };
  }

  #logits(ids: Int32Array, rows: readonly number[]): Float32Array<ArrayBuffer> {
    const labels = this.#options.labels ?? 1;
    const logits = new Float32Array(rows.length * labels);
    for (const [i, row] of rows.entries()) {
      const prefix = hash(ids.subarray(0, row + 1));
      for (let label = 0; label < labels; label++) {
        logits[i * labels + label] = 8 * fraction(prefix, label) - 4;
      }
    }
    return logits;
  }

  #signed(seen: Int32Array, ids: Int32Array): Float32Array {
    if (this.#options.gradient !== undefined) {
      return Float32Array.from(this.#options.gradient(ids));
    }
    const sequence = hash(seen);
    const row = new Float32Array(ids.length);
    row.set(Array.from(seen, (_, t) => 2 * fraction(sequence, t + 2_000) - 1));
    return row;
  }

  #attention(seen: Int32Array, ids: Int32Array): Float32Array {
    if (this.#options.attention !== undefined) {
      return Float32Array.from(this.#options.attention(ids));
    }
    const sequence = hash(seen);
    const weights = Array.from(seen, (_, t) => fraction(sequence, t + 1_000));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const row = new Float32Array(ids.length);
    row.set(weights.map((weight) => weight / total));
    return row;
  }
}

/** How many nodes a tree of all shared prefixes would have. */
function distinctPrefixes(queries: readonly Query[]): number {
  const seen = new Set<string>();
  for (const { ids } of queries) {
    let prefix = "";
    for (const id of ids) seen.add(prefix += `${id},`);
  }
  return seen.size;
}

/** FNV-1a over the ids, 32 bits. */
function hash(ids: Int32Array): number {
  let state = 0x811c9dc5;
  for (const id of ids) state = Math.imul(state ^ id, 0x01000193) ^ (state >>> 13);
  return state >>> 0;
}

/** A number in (0, 1) that `seed` and `index` decide. */
function fraction(seed: number, index: number): number {
  let state = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0xc2b2ae35);
  return (((state ^ (state >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
