/**
 * A deterministic engine for tests: logits and attention are hashes of the ids, so that a query gets
 * the same output alone and in any batch, and two queries that differ get different ones.
 *
 * It behaves as a causal model does: a logit depends on the ids up to its row and on nothing behind;
 * or, where a test says so, as an encoder, whose every logit depends on all of them. Tests can make it
 * fail, wait and find numbers that are not finite. It keeps the contract of engines, see
 * tests/contracts/engine.ts.
 *
 * @module
 */

import type { AttentionKind } from "../../src/architectures/architecture.ts";
import { AbacusError } from "../../src/errors.ts";
import type {
  BatchOutput,
  Engine,
  EngineFacts,
  Query,
  SequenceOutput,
} from "../../src/engine/engine.ts";
import type { MeasurementName } from "../../src/engine/measurements/registry.ts";

/** How a fake engine differs from the plain one. */
export interface FakeEngineOptions {
  /** @default "causal" */
  kind?: AttentionKind;
  /** Whether every pooled position is read by itself. @default false */
  steps?: boolean;
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
  #broken: { readonly error: unknown } | undefined;
  #gate: PromiseWithResolvers<void> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FakeEngineOptions = {}) {
    this.#options = options;
  }

  /** The next batch throws `error`; calls add up. */
  failNext(error: unknown = new AbacusError("model_failure", "Cannot run as told to fail")): void {
    this.#failures.push(error);
  }

  /** Every batch throws `error` from here on, until {@linkcode mend}. */
  fail(error: unknown): void {
    this.#broken = { error };
  }

  /** Lets batches succeed again. */
  mend(): void {
    this.#broken = undefined;
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
    if (this.#broken !== undefined) throw this.#broken.error;
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
      computedTokens: this.#computedTokens(queries),
      inferenceMs: this.#options.inferenceMs ?? 5,
    };
  }

  #output(query: Query): SequenceOutput {
    const pooled = query.pool.at(-1) ?? 0;
    const attention = () => this.#options.attention?.(query.ids) ?? this.#attention(query, pooled);
    const measured: Readonly<Record<MeasurementName, () => ArrayLike<number>>> = {
      attention,
      // The first of two layers has its first token alone.
      layers: () => Array.from(attention()).flatMap((weight, at) => [at === 0 ? 1 : 0, weight]),
      rollout: attention,
      // Half of what all gain is brought by tokens, and half is the residual.
      integrated: () => this.#gradient(query, pooled).flatMap((each) => [each, 2 * each]),
      gradient: () => this.#options.gradient?.(query.ids) ?? this.#gradient(query, pooled),
    };
    return {
      logits: this.#logits(query, this.#options.steps ? query.pool : [pooled]),
      rowLogits: this.#logits(query, query.rows),
      measured: Object.fromEntries(
        query.measure.map((name) => [name, Float32Array.from(measured[name]())]),
      ),
    };
  }

  #logits(query: Query, rows: readonly number[]): Float32Array {
    const labels = this.#options.labels ?? 1;
    return Float32Array.from({ length: rows.length * labels }, (_, i) => {
      const { seed } = this.#seenFrom(query, rows[Math.floor(i / labels)]!);
      return 8 * fraction(seed, i % labels) - 4;
    });
  }

  /** Signed numbers on what the row sees. */
  #gradient(query: Query, row: number): number[] {
    const { seed, end } = this.#seenFrom(query, row);
    return Array.from(query.ids, (_, t) => t < end ? 2 * fraction(seed, t + 2_000) - 1 : 0);
  }

  /** Weights on what the row sees, which add up to 1. */
  #attention(query: Query, row: number): number[] {
    const { seed, end } = this.#seenFrom(query, row);
    const weights = Array.from(query.ids, (_, t) => t < end ? fraction(seed, t + 1_000) : 0);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return weights.map((weight) => weight / total);
  }

  /** What a row sees goes up to `end`, and `seed` is a number that it decides. */
  #seenFrom({ ids, types = new Int32Array() }: Query, row: number) {
    const whole = this.#options.kind === "bidirectional";
    const end = whole ? ids.length : row + 1;
    const typed = Array.from(types.subarray(0, end)).flatMap((type, t) =>
      type > 0 ? [t, type] : []
    );
    return { end, seed: hash([...ids.subarray(0, end), ...typed, ...whole ? [row] : []]) };
  }

  /** How many nodes a tree of all that may be shared would have. */
  #computedTokens(queries: readonly Query[]): number {
    const seen = new Set<string>();
    for (const { ids, types } of queries) {
      const nodes = Array.from(ids, (id, t) => `${id}:${types?.[t] ?? 0},`);
      let prefix = this.#options.kind === "bidirectional" ? nodes.join("") : "";
      for (const node of nodes) seen.add(prefix += node);
    }
    return seen.size;
  }
}

/** FNV-1a over whole numbers, 32 bits. */
function hash(numbers: readonly number[]): number {
  let state = 0x811c9dc5;
  for (const each of numbers) state = Math.imul(state ^ each, 0x01000193) ^ (state >>> 13);
  return state >>> 0;
}

/** A number in (0, 1) that `seed` and `index` decide. */
function fraction(seed: number, index: number): number {
  let state = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 15), 0xc2b2ae35);
  return (((state ^ (state >>> 16)) >>> 0) + 0.5) / 2 ** 32;
}
