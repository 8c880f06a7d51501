/**
 * Token fields: what replies of other servers' protocols hold beside the peer's own keys, which is the point
 * of asking Abacus. In objects of their own where a reply has one per sample, as columns where it has lists.
 *
 * @module
 */

import { z } from "zod";
import type { ScoredCompletion } from "../../scorer/scored.ts";

/** What belongs to the tokens of one sample. `sum(token_rewards) + unassigned` is its raw score. */
export function tokensOf(
  { rewards, offset, tokenIds, offsets, truncated, steps }: ScoredCompletion,
) {
  return {
    token_rewards: Array.from(rewards),
    unassigned: offset ?? 0,
    token_ids: Array.from(tokenIds ?? []),
    token_offsets: offsets ?? [],
    truncated,
    ...(steps === undefined ? {} : {
      step_ends: steps.map(({ end = -1 }) => end),
      step_scores: steps.map(({ score }) => score),
    }),
  };
}

/** The schemas of {@linkcode tokensOf}. */
export function tokenSchemas() {
  return {
    token_rewards: z.array(z.number()).meta({
      description: "A reward per token. With unassigned they add up to the raw score.",
    }),
    unassigned: z.number().meta({
      description: "The part of the raw score that belongs to no token, mostly 0.",
    }),
    token_ids: z.array(z.int()).meta({ description: "In the reward model's tokenizer." }),
    token_offsets: z.array(z.tuple([z.int(), z.int()])).meta({
      description: "The code points that each token covers of the text whose tokens they are.",
    }),
    truncated: z.boolean().meta({ description: "Whether tokens were dropped to fit." }),
    step_ends: z.array(z.int()).optional().meta({
      description:
        "Of models that score steps, the last token of each step, by its place in token_rewards; -1 " +
        "where it has none.",
    }),
    step_scores: z.array(z.number()).optional().meta({
      description: "Of such models, the score of each step.",
    }),
  };
}

/** The same of all samples of a request, a list per field. */
export function tokenColumns(completions: readonly ScoredCompletion[]) {
  const all = completions.map(tokensOf);
  return {
    token_rewards: all.map(({ token_rewards }) => token_rewards),
    unassigned: all.map(({ unassigned }) => unassigned),
    token_ids: all.map(({ token_ids }) => token_ids),
    token_offsets: all.map(({ token_offsets }) => token_offsets),
    truncated: all.map(({ truncated }) => truncated),
    ...(all.every(({ step_ends }) => step_ends === undefined) ? {} : {
      step_ends: all.map(({ step_ends = [] }) => step_ends),
      step_scores: all.map(({ step_scores = [] }) => step_scores),
    }),
  };
}

/** The schemas of {@linkcode tokenColumns}. */
export function tokenColumnSchemas() {
  const { token_rewards, unassigned, token_ids, token_offsets, truncated, ...steps } =
    tokenSchemas();
  return {
    token_rewards: z.array(token_rewards),
    unassigned: z.array(unassigned),
    token_ids: z.array(token_ids),
    token_offsets: z.array(token_offsets),
    truncated: z.array(truncated),
    step_ends: z.array(steps.step_ends.unwrap()).optional(),
    step_scores: z.array(steps.step_scores.unwrap()).optional(),
  };
}

/** The schema of `token_rewards_cover`: which text a reply's tokens are those of. */
export function coverSchema<Cover extends string>(...covers: readonly [Cover, ...Cover[]]) {
  return z.enum(covers).meta({
    description:
      "What the tokens are those of: the whole text, where the request does not tell where its prompt " +
      "ends, or what stands behind the prompt.",
  });
}
