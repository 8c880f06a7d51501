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
  /** By the index of each query that wants one: one number per token of its sequence. */
  readonly attributions: ReadonlyMap<number, Float32Array>;
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

/** Whether a query is one for the attributor. */
export function wantsAttribution({ attribution = false }: Query): boolean {
  return attribution;
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
   * Attributes those of the queries that want it.
   *
   * @throws {AbacusError} `model_failure` where the session cannot be opened or run, at `[i]`, a query
   * that it failed for: those that want no attribution are not to blame. The next call tries again.
   */
  async run(queries: readonly Query[]): Promise<Attributions> {
    const sequences = distinct(queries);
    const attributions = new Map<number, Float32Array>();
    let inferenceMs = 0;
    for (const chunk of chunksOf(sequences, this.#options.limits)) {
      const together = chunk.map((i) => sequences[i]!);
      const [query = 0] = together[0]!.askers;
      await orFailure({ verb: "open", query }, () => this.#ready());
      const { outputs, runMs } = await orFailure(
        { verb: "run", query },
        () => this.#runtime.run(GRADIENT, paddedFeeds(together)),
      );
      unpadded(outputs["attribution"]!, together).forEach((own, i) => {
        for (const asker of together[i]!.askers) attributions.set(asker, own);
      });
      inferenceMs += runMs;
    }
    const computedTokens = sequences.reduce((sum, { ids }) => sum + ids.length, 0);
    return { attributions, computedTokens, inferenceMs };
  }

  /** Opens the session once, however many wait for it. */
  async #ready(): Promise<void> {
    this.#loaded ??= this.#load();
    try {
      await this.#loaded;
    } catch (error) {
      this.#loaded = undefined;
      throw error;
    }
  }

  async #load(): Promise<unknown> {
    return await this.#runtime.load(GRADIENT, this.#options.graph());
  }
}

/** A sequence, and the indices of the queries that are about it. */
interface Asked extends PooledSequence {
  readonly askers: number[];
}

/** The sequences that differ. */
function distinct(queries: readonly Query[]): readonly Asked[] {
  const known = new Map<string, Asked>();
  for (const [i, query] of queries.entries()) {
    if (!wantsAttribution(query)) continue;
    const { ids, rows } = query;
    const pooled = rows.at(-1) ?? 0;
    const key = `${pooled}:${ids.join()}`;
    const asked = known.get(key) ?? { ids, pooled, askers: [] };
    asked.askers.push(i);
    known.set(key, asked);
  }
  return [...known.values()];
}

/** What fails, fails for a query. */
async function orFailure<Result>(
  { verb, query }: { verb: string; query: number },
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    throw new AbacusError("model_failure", `Cannot ${verb} the model's gradient: ${message}`, {
      path: `[${query}]`,
      cause: error,
    });
  }
}
