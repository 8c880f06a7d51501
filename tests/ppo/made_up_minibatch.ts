/**
 * Prompts to sample from and training data, made up without a reward model.
 *
 * @module
 */

import type { Evaluation, Minibatch } from "../../src/ppo/graphs/policy_engine.ts";
import type { Completion, SampleRequest } from "../../src/ppo/graphs/sampler_feeds.ts";
import { requestOf } from "./golden_policy.ts";

/** Prompts of several lengths with a few tokens each to generate. */
export const requests: readonly SampleRequest[] = [[7, 2, 9], [90], [1, 5, 3, 61, 8]].map(
  (prompt, i) => requestOf(prompt, { min: 1, max: 4 + i }),
);

/** Tokens of even ids have an advantage and a return of 1, those of odd ids -1. */
export function minibatchFrom(
  completions: readonly Completion[],
  { logProbs, values }: Evaluation,
): Minibatch {
  const advantages = completions.map(({ ids, promptLength }) =>
    Float64Array.from(ids.subarray(promptLength), (id) => id % 2 === 0 ? 1 : -1)
  );
  return { sequences: completions, logProbs, values: values!, advantages, returns: advantages };
}
