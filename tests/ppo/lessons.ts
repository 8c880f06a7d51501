/**
 * Something to write after and something to learn from, made up without a reward model.
 *
 * @module
 */

import type { Evaluation, Lesson } from "../../src/ppo/graphs/policy_engine.ts";
import type { Completion, SampleRequest } from "../../src/ppo/graphs/sampling.ts";
import { requestOf } from "./golden_policy.ts";

/** Ragged prompts with room for a few tokens each. */
export const requests: readonly SampleRequest[] = [[7, 2, 9], [90], [1, 5, 3, 61, 8]].map(
  (prompt, i) => requestOf(prompt, { min: 1, max: 4 + i }),
);

/** Tokens of even ids were good and of odd ids bad; values should have been that too. */
export function lessonFrom(
  completions: readonly Completion[],
  { logProbs, values }: Evaluation,
): Lesson {
  const advantages = completions.map(({ ids, promptLength }) =>
    Float64Array.from(ids.subarray(promptLength), (id) => id % 2 === 0 ? 1 : -1)
  );
  return { sequences: completions, logProbs, values: values!, advantages, returns: advantages };
}
