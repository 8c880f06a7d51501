/**
 * What replies say of credit: how scores were spread, and the units that it was given to.
 *
 * @module
 */

import { z } from "zod";

/** How scores were spread, in every reply that has token rewards. */
export function creditReplySchema() {
  return z.object({
    method: z.string(),
    beta: z.number(),
    unit: z.union([
      z.string(),
      z.object({ window: z.int() }),
      z.object({ separator: z.string() }),
    ]).optional().meta({ description: "What credit was given to; absent for single tokens." }),
    pay: z.string().optional().meta({
      description: "How units were paid: last or spread; absent for single tokens.",
    }),
  }).meta({ description: "How the scores were spread." });
}

/** The stretches of a completion that credit was given to. */
export function unitsSchema() {
  const range = () => z.tuple([z.int().min(0), z.int().min(0)]);
  const unit = z.object({
    tokens: range().meta({ description: "Its tokens, as a range [start, end) of rewards." }),
    characters: range().optional().meta({
      description:
        "Its characters, in code points of the completion; absent for steps of a model that scores steps.",
    }),
    reward: z.number().meta({ description: "What its tokens are paid together." }),
    standard_error: z.number().optional().meta({
      description: "The standard error of what it earned; only of shapley, where it sampled.",
    }),
  });
  return z.array(unit).meta({
    description:
      "The units that credit was given to, in order; absent where they are tokens. Together they have " +
      "all tokens that earn anything.",
    examples: [[
      { tokens: [0, 9], characters: [0, 36], reward: 2.5 },
      { tokens: [9, 14], characters: [36, 60], reward: -0.5 },
    ]],
  });
}
