/**
 * Grouped sampling: samples requests in groups of like length, with the random numbers that they would have
 * had together.
 *
 * @module
 */

import type { RandomSource } from "../math/random.ts";
import { groupByLength, paddedSize } from "./length_groups.ts";
import { type Completion, drawUniforms, type SampleRequest } from "./sampler_feeds.ts";

/** A request, and random numbers for its response. */
export interface DrawnRequest {
  readonly request: SampleRequest;
  readonly uniforms: Float32Array;
}

/**
 * Samples a completion of every request.
 *
 * @param sample samples requests that have been put together; how many they are takes few values
 * @returns completions in the order of the requests
 */
export async function sampleInGroups(
  requests: readonly SampleRequest[],
  random: RandomSource,
  sample: (group: readonly DrawnRequest[]) => Promise<readonly Completion[]>,
): Promise<Completion[]> {
  const uniforms = drawUniforms(requests, random);
  const completions: Completion[] = new Array(requests.length);
  for (const group of groupByLength(requests)) {
    const drawn = group.map((i) => ({ request: requests[i]!, uniforms: uniforms[i]! }));
    const found = await sample(padded(drawn, paddedSize(group.length, requests.length)));
    for (const [place, i] of group.entries()) completions[i] = found[place]!;
  }
  return completions;
}

/** Fills up a group with requests for one token, whose completions nobody reads. */
function padded(group: readonly DrawnRequest[], size: number): readonly DrawnRequest[] {
  const [{ request, uniforms }] = group as [DrawnRequest];
  const filler = { request: { ...request, limits: { min: 0, max: 1 } }, uniforms };
  return [...group, ...Array<DrawnRequest>(size - group.length).fill(filler)];
}
