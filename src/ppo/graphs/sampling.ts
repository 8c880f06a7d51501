/**
 * Sampling on the host's side: from prompts to what a sampler graph is fed, and from what it gives out
 * to completions. Pure.
 *
 * @module
 */

import type { Feeds, Outputs } from "../../engine/runtime.ts";
import { fillUniform, type RandomSource } from "../math/random.ts";

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
  /** Response tokens before which it could not end. */
  readonly minLength: number;
  /** Of each response token, as it was drawn, before truncated sampling. */
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
  const beginning = beginningOf(requests);
  const limits = Int32Array.from(requests, (request) => limitOf(request, beginning));
  // At least one turn: a loop of none leaves results of unknown shape behind.
  const written = limits.reduce((most, limit) => Math.max(most, limit), 2);
  const forced = new Int32Array(written * batch);
  const [early, uniform] = [new Float32Array(written * batch), new Float32Array(written * batch)];
  const drawn = new Float32Array(batch * Math.max(...requests.map(({ limits }) => limits.max)));
  fillUniform(random, drawn);
  requests.forEach(({ prompt, limits: { min } }, i) => {
    for (let token = 0; token < written; token++) {
      const at = token * batch + i;
      const response = beginning + token - prompt.length; // below 0 within the prompt
      forced[at] = prompt[beginning + token] ?? -1;
      early[at] = response < min ? 1 : 0;
      // By the response's own count, so that a text does not hang on the prompts beside it.
      uniform[at] = drawn[response * batch + i] ?? 0;
    }
  });
  const dims = [written, batch];
  return {
    ...beginningFeeds(requests, beginning),
    turns: { data: BigInt64Array.of(BigInt(written - 1)), dims: [] },
    limits: { data: limits, dims: [batch] },
    forced: { data: forced, dims },
    early: { data: early, dims },
    uniform: { data: uniform, dims },
  };
}

/** The tokens that are read at once, side by side. */
function beginningFeeds(requests: readonly SampleRequest[], beginning: number): Feeds {
  const count = requests.length * beginning;
  const ids = Int32Array.from({ length: count }, (_, i) => {
    return requests[Math.floor(i / beginning)]!.prompt[i % beginning]!;
  });
  return {
    beginning: { data: BigInt64Array.of(BigInt(beginning)), dims: [] },
    ids: { data: ids, dims: [count] },
    positions: { data: Int32Array.from(ids, (_, i) => i % beginning), dims: [count] },
    iota: { data: BigInt64Array.from(ids, (_, i) => BigInt(i)), dims: [count] },
  };
}

/** As much of every prompt as the shortest of them has. */
function beginningOf(requests: readonly SampleRequest[]): number {
  const shortest = Math.min(...requests.map(({ prompt }) => prompt.length));
  if (shortest > 0) return shortest;
  throw new RangeError("Cannot sample after a prompt of no tokens");
}

/** Tokens behind the beginning after which a sequence is complete. */
function limitOf({ prompt, limits: { max } }: SampleRequest, beginning: number): number {
  return prompt.length - beginning + max;
}

/** Completions out of a sampler's outputs: each sequence up to its end. */
export function completionsOf(
  requests: readonly SampleRequest[],
  { tokens, log_probs }: Outputs,
  ends: readonly number[],
): Completion[] {
  const batch = requests.length;
  const beginning = beginningOf(requests);
  const written = tokens?.dims[0] ?? 0;
  return requests.map((request, i) => {
    const { prompt } = request;
    const limit = Math.min(written, limitOf(request, beginning));
    const ids = Array.from(prompt);
    const logProbs: number[] = [];
    let ended = false;
    for (let number = prompt.length - beginning; number < limit && !ended; number++) {
      const token = Number(tokens!.data[number * batch + i]);
      ids.push(token);
      logProbs.push(Number(log_probs!.data[number * batch + i]));
      ended = ends.includes(token);
    }
    return {
      ids: Int32Array.from(ids),
      promptLength: prompt.length,
      ended,
      minLength: request.limits.min,
      logProbs: Float64Array.from(logProbs),
    };
  });
}
