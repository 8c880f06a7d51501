/**
 * Attributor: runs the gradient graph beside the scoring graph. Its session is opened when somebody
 * first asks, so that whoever never does pays nothing for it.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Graph } from "../onnx/graph.ts";
import type { Query } from "./engine.ts";
import {
  chunksOf,
  paddedFeeds,
  type PaddingLimits,
  type PooledSequence,
  unpadded,
} from "./padded.ts";
import type { Runtime } from "./runtime.ts";

/** The session that differentiates. */
const GRADIENT = "gradient";

/** What a pass over some queries found. */
export interface Attributions {
  /** Of each query, one number per token of its sequence. */
  readonly attributions: readonly Float32Array[];
  /** Tokens that went through the model and back: those of queries that are alike once. */
  readonly computedTokens: number;
  readonly inferenceMs: number;
}

/** How gradients are computed. */
export interface AttributorOptions {
  /** Writes the gradient graph. */
  readonly graph: () => Graph;
  readonly limits: PaddingLimits;
}

/** Gradient times embedding of queries, by a session of its own in a runtime that belongs to others. */
export class Attributor {
  readonly #runtime: Pick<Runtime, "load" | "run">;
  readonly #options: AttributorOptions;
  #loaded: Promise<unknown> | undefined;

  constructor(runtime: Pick<Runtime, "load" | "run">, options: AttributorOptions) {
    this.#runtime = runtime;
    this.#options = options;
  }

  /**
   * @throws {AbacusError} `model_failure` where the session cannot be opened or run; the next call
   * tries again
   */
  async run(queries: readonly Query[]): Promise<Attributions> {
    await this.#ready();
    const { sequences, indexOf } = distinct(queries);
    const found: Float32Array[] = [];
    let inferenceMs = 0;
    for (const chunk of chunksOf(sequences, this.#options.limits)) {
      const together = chunk.map((i) => sequences[i]!);
      const { outputs, runMs } = await orFailure(
        "run",
        () => this.#runtime.run(GRADIENT, paddedFeeds(together)),
      );
      unpadded(outputs["attribution"]!, together).forEach((own, i) => found[chunk[i]!] = own);
      inferenceMs += runMs;
    }
    return {
      attributions: indexOf.map((i) => found[i]!),
      computedTokens: sequences.reduce((sum, { ids }) => sum + ids.length, 0),
      inferenceMs,
    };
  }

  /** Opens the session once, however many wait for it. */
  async #ready(): Promise<void> {
    this.#loaded ??= orFailure("open", () => this.#runtime.load(GRADIENT, this.#options.graph()));
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }
}

/** The sequences that differ, and which of them each query is about. */
function distinct(
  queries: readonly Query[],
): { sequences: readonly PooledSequence[]; indexOf: readonly number[] } {
  const sequences: PooledSequence[] = [];
  const known = new Map<string, number>();
  const indexOf = queries.map(({ ids, rows }) => {
    const pooled = rows.at(-1) ?? 0;
    const key = `${pooled}:${ids.join()}`;
    const index = known.get(key) ?? sequences.push({ ids, pooled }) - 1;
    known.set(key, index);
    return index;
  });
  return { sequences, indexOf };
}

async function orFailure<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new AbacusError("model_failure", `Cannot ${verb} the model's gradient: ${message}`, {
      cause: error,
    });
  }
}
