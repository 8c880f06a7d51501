/**
 * Sampling on the host's side: from prompts to what a sampler graph is fed, and from what it gives out
 * to completions. Pure.
 *
 * @module
 */

import type { Feeds, Outputs } from "../engine/runtime.ts";
import { fillUniform, type RandomSource } from "./random.ts";

/** How many tokens may be written after one prompt. */
export interface LengthLimits {
  /** The end-of-sequence token may not come before so many tokens. */
  readonly min: number;
  readonly max: number;
}

/** A prompt with the limits of its completion. */
export interface SampleRequest {
  /** Ids, at least one. */
  readonly prompt: Int32Array;
  readonly limits: LengthLimits;
}

/** What a policy wrote: a prompt and what stands behind it. */
export interface Completion {
  /** Prompt and response. */
  readonly ids: Int32Array;
  readonly promptLength: number;
  /** Whether the response ended by itself; its last token is then an end-of-sequence token. */
  readonly ended: boolean;
  /** Of each response token, as it was drawn, before limits and truncated sampling. */
  readonly logProbs: Float64Array; // [response tokens]
}

/** Response tokens of a completion. */
export function responseLength({ ids, promptLength }: Pick<Completion, "ids" | "promptLength">) {
  return ids.length - promptLength;
}

/**
 * Inputs of a sampler graph, beside its weights.
 *
 * @throws {RangeError} for a prompt of no tokens
 */
export function samplerFeeds(requests: readonly SampleRequest[], random: RandomSource): Feeds {
  const batch = requests.length;
  const limits = Int32Array.from(requests, ({ prompt, limits }) => prompt.length - 1 + limits.max);
  const turns = limits.reduce((most, limit) => Math.max(most, limit), 0);
  const [forced, early] = [new Int32Array(turns * batch), new Float32Array(turns * batch)];
  requests.forEach(({ prompt, limits: { min } }, i) => {
    if (prompt.length === 0) throw new RangeError("Cannot sample after a prompt of no tokens");
    for (let turn = 0; turn < turns; turn++) {
      forced[turn * batch + i] = prompt[turn + 1] ?? -1;
      early[turn * batch + i] = turn + 1 - prompt.length < min ? 1 : 0;
    }
  });
  const dims = [turns, batch];
  const uniform = new Float32Array(turns * batch);
  fillUniform(random, uniform);
  return {
    turns: { data: BigInt64Array.of(BigInt(turns)), dims: [] },
    none: { data: BigInt64Array.of(0n), dims: [] },
    first: { data: Int32Array.from(requests, ({ prompt }) => prompt[0]!), dims: [batch] },
    limits: { data: limits, dims: [batch] },
    forced: { data: forced, dims },
    early: { data: early, dims },
    uniform: { data: uniform, dims },
  };
}

/** Completions out of a sampler's outputs: each sequence up to its end. */
export function completionsOf(
  requests: readonly SampleRequest[],
  { tokens, log_probs }: Outputs,
  ends: readonly number[],
): Completion[] {
  const batch = requests.length;
  const turns = tokens?.dims[0] ?? 0;
  return requests.map(({ prompt, limits }, i) => {
    const at = (turn: number) => turn * batch + i;
    const [first, limit] = [prompt.length - 1, Math.min(turns, prompt.length - 1 + limits.max)];
    const ids = Array.from(prompt);
    const logProbs: number[] = [];
    let ended = false;
    for (let turn = first; turn < limit && !ended; turn++) {
      const token = Number(tokens!.data[at(turn)]);
      ids.push(token);
      logProbs.push(Number(log_probs!.data[at(turn)]));
      ended = ends.includes(token);
    }
    return {
      ids: Int32Array.from(ids),
      promptLength: prompt.length,
      ended,
      logProbs: Float64Array.from(logProbs),
    };
  });
}
