/**
 * Sampler feeds: prompts as inputs of a sampler graph, and its outputs as completions. Pure.
 *
 * @module
 */

import type { Feeds, Outputs } from "../../engine/runtime.ts";
import { fillUniform, type RandomSource } from "../math/random.ts";

/** How many tokens may be generated after one prompt. */
export interface LengthLimits {
  /** EOS is not allowed before this many tokens. */
  readonly min: number;
  readonly max: number;
}

/** A prompt with the length limits of its completion. */
export interface SampleRequest {
  /** Token ids, at least one. */
  readonly prompt: Int32Array;
  readonly limits: LengthLimits;
}

/** A prompt and the response that a policy generated for it. */
export interface Completion {
  /** Prompt and response. */
  readonly ids: Int32Array;
  readonly promptLength: number;
  /** Whether the response ends with an EOS token, rather than at its length limit. */
  readonly ended: boolean;
  /** Response tokens before which EOS was not allowed. */
  readonly minLength: number;
  /** Of each response token, before top-k and top-p. */
  readonly logProbs: Float64Array; // [response tokens]
}

/** The number of response tokens. */
export function responseLength({ ids, promptLength }: Pick<Completion, "ids" | "promptLength">) {
  return ids.length - promptLength;
}

/**
 * Uniform random numbers for each request, one per response token. They do not depend on prompts, nor on
 * which requests are sampled together.
 */
export function drawUniforms(
  requests: readonly SampleRequest[],
  random: RandomSource,
): Float32Array[] {
  const batch = requests.length;
  const tokens = Math.max(...requests.map(({ limits }) => limits.max));
  const drawn = fillUniform(random, new Float32Array(batch * tokens));
  return requests.map((_, i) =>
    Float32Array.from({ length: tokens }, (_, t) => drawn[t * batch + i]!)
  );
}

/**
 * Inputs of a sampler graph, beside its weights.
 *
 * @param uniforms see {@linkcode drawUniforms}
 * @throws {RangeError} for an empty prompt
 */
export function samplerFeeds(
  requests: readonly SampleRequest[],
  uniforms: readonly Float32Array[],
): Feeds {
  const batch = requests.length;
  const prefix = prefixOf(requests);
  const limits = Int32Array.from(requests, (request) => limitOf(request, prefix));
  // At least one decode step: outputs of a loop without iterations have no known shape.
  const generated = limits.reduce((most, limit) => Math.max(most, limit), 2);
  const forced = new Int32Array(generated * batch);
  const [early, uniform] = [
    new Float32Array(generated * batch),
    new Float32Array(generated * batch),
  ];
  requests.forEach(({ prompt, limits: { min } }, i) => {
    for (let token = 0; token < generated; token++) {
      const at = token * batch + i;
      const response = prefix + token - prompt.length; // below 0 within the prompt
      forced[at] = prompt[prefix + token] ?? -1;
      early[at] = response < min ? 1 : 0;
      uniform[at] = uniforms[i]![response] ?? 0;
    }
  });
  const dims = [generated, batch];
  return {
    ...prefillFeeds(requests, prefix),
    steps: { data: BigInt64Array.of(BigInt(generated - 1)), dims: [] },
    limits: { data: limits, dims: [batch] },
    forced: { data: forced, dims },
    early: { data: early, dims },
    uniform: { data: uniform, dims },
  };
}

/** The first `prefix` tokens of every prompt, as a padded batch without padding. */
function prefillFeeds(requests: readonly SampleRequest[], prefix: number): Feeds {
  const count = requests.length * prefix;
  const ids = Int32Array.from({ length: count }, (_, i) => {
    return requests[Math.floor(i / prefix)]!.prompt[i % prefix]!;
  });
  return {
    prefix: { data: BigInt64Array.of(BigInt(prefix)), dims: [] },
    ids: { data: ids, dims: [count] },
    positions: { data: Int32Array.from(ids, (_, i) => i % prefix), dims: [count] },
    iota: { data: BigInt64Array.from(ids, (_, i) => BigInt(i)), dims: [count] },
  };
}

/** The length of the shortest prompt. */
function prefixOf(requests: readonly SampleRequest[]): number {
  const shortest = Math.min(...requests.map(({ prompt }) => prompt.length));
  if (shortest > 0) return shortest;
  throw new RangeError("Cannot sample as a prompt is empty: received 0 tokens");
}

/** Tokens after the prefix at which a sequence is complete. */
function limitOf({ prompt, limits: { max } }: SampleRequest, prefix: number): number {
  return prompt.length - prefix + max;
}

/** Completions from a sampler's outputs, each up to its end. */
export function completionsOf(
  requests: readonly SampleRequest[],
  { tokens, log_probs }: Outputs,
  eosIds: readonly number[],
): Completion[] {
  const batch = requests.length;
  const prefix = prefixOf(requests);
  const generated = tokens?.dims[0] ?? 0;
  return requests.map((request, i) => {
    const { prompt } = request;
    const limit = Math.min(generated, limitOf(request, prefix));
    const ids = Array.from(prompt);
    const logProbs: number[] = [];
    let ended = false;
    for (let index = prompt.length - prefix; index < limit && !ended; index++) {
      const token = Number(tokens!.data[index * batch + i]);
      ids.push(token);
      logProbs.push(Number(log_probs!.data[index * batch + i]));
      ended = eosIds.includes(token);
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
