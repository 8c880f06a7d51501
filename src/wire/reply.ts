/**
 * What `POST /v1/rewards` answers, as zod schemas. They accept unknown keys, and words that may become
 * more are strings, so that an older client reads a newer server.
 *
 * @module
 */

import { z } from "zod";
import { creditReplySchema, unitsSchema } from "./reply_credit.ts";

/** The answer of `POST /v1/rewards`. */
export function rewardReplySchema() {
  return z.object({
    id: z.string().meta({ description: "The request's id, as in the x-request-id header." }),
    model: z.string().meta({ description: "The name of the model.", examples: ["movie-reward"] }),
    credit: creditReplySchema(),
    items: z.array(z.object({ completions: z.array(completionReplySchema()) })).meta({
      description: "One per item of the request, in its order.",
    }),
    usage: z.object({
      tokens: z.int().min(0).meta({ description: "Tokens of all completions with their prompts." }),
      computed_tokens: z.int().min(0).meta({
        description: "Tokens that went through the model: fewer where prompts were shared, and " +
          "with gradient those of a second pass besides. In a batch of several requests, this " +
          "request's part of the batch's.",
      }),
      cached_tokens: z.int().min(0).optional().meta({
        description:
          "Tokens of completions that nothing was computed for: the same was computed for " +
          "another at the time, or its answer was in the server's cache. Absent where there were none.",
      }),
    }),
    timing_ms: z.object({
      tokenize: z.number().min(0),
      queue: z.number().min(0).meta({ description: "The longest that a completion waited." }),
      inference: z.number().min(0).meta({ description: "Of all batches that held a completion." }),
    }),
  }).meta({
    id: "RewardReply",
    description: "Scores and token rewards.",
    examples: [replyExample],
  });
}

/**
 * The answer for one completion. Lists have one entry per token; what a method or a model does not have is
 * left out.
 */
export function completionReplySchema() {
  return z.object({
    score: z.number().meta({ description: "The scalar reward, raw." }),
    rewards: floats("The reward of each token. They add up to the score, less the offset if any."),
    credit: floats("The share of each token, adding up to 1; absent for methods without shares.")
      .optional(),
    offset: z.number().optional().meta({
      description:
        "The part of the score that belongs to no token: with red, beta times the score " +
        "read at the prompt's end; the whole score where there are no tokens. Absent if there is " +
        "no such part.",
    }),
    residual: z.number().optional().meta({
      description:
        "What gradient, integrated and occlusion leave of what there was to earn, as their amounts need " +
        "not add up to it; below 0 where they add up to more. The last token's reward holds it.",
    }),
    token_ids: z.array(z.int()).optional().meta({
      description:
        "The completion's ids in the reward model's tokenizer; absent where the caller " +
        "gave token_spans.",
    }),
    offsets: z.array(z.tuple([z.int(), z.int()])).optional().meta({
      description: "Per token, the code points of the completion it covers; absent where the " +
        "caller gave ids.",
    }),
    units: unitsSchema().optional(),
    steps: z.array(stepSchema()).optional().meta({
      description: "The steps of the completion, in order; only of models that score steps.",
      examples: [[{ end: 8, score: 0.97 }, { end: 21, score: 0.12 }]],
    }),
    response_mass: z.number().min(0).max(1).optional().meta({
      description:
        "How much of the attention fell on the tokens before renormalising; absent for " +
        "methods that read no attention. Little mass means that the shares say little.",
    }),
    read_at: placeSchema().optional(),
    dropped: z.array(z.tuple([z.int(), z.int()])).optional().meta({
      description:
        "The ranges of the completion, in code points, that the model's chat template left out, " +
        "such as reasoning before an answer or space at an end: they are not scored, and the " +
        "tokens in them earn nothing. Absent where all was kept.",
      examples: [[[0, 57]]],
    }),
    truncated: z.boolean().meta({ description: "Whether tokens were dropped to fit the context." }),
    fallback: z.string().optional().meta({
      description:
        "How the shares were found where the credit method could not: uniform where no " +
        "attention fell on the tokens, which were given equal shares.",
      examples: ["uniform"],
    }),
    members: z.array(z.object({ id: z.string(), score: z.number() })).optional().meta({
      description: "Of a mixture: the members with their own scores, before their weights.",
      examples: [[{ id: "help", score: 1.2 }, { id: "safe", score: -0.3 }]],
    }),
  }).meta({
    id: "CompletionReply",
    description: "The score of a completion and its tokens' rewards.",
  });
}

/** The answer of `POST /v1/rewards`. */
export type RewardReply = z.output<ReturnType<typeof rewardReplySchema>>;

/** The answer for one item. */
export type ItemReply = RewardReply["items"][number];

/** The answer for one completion. */
export type CompletionReply = z.output<ReturnType<typeof completionReplySchema>>;

/** What a model says of one step. */
function stepSchema() {
  return z.object({
    end: z.int().min(0).optional().meta({
      description:
        "The last token of the step, by its place in rewards; absent where none is any of its, as in " +
        "an empty completion.",
    }),
    score: z.number().meta({ description: "The score of the step, whatever the credit method." }),
  });
}

/** Where a score was read. Callers who pad or close texts see here whether the model reads them so. */
function placeSchema() {
  return z.object({
    position: z.int().min(0).meta({
      description: "Its place in the whole sequence, prompt and special tokens included.",
    }),
    token_id: z.int().min(0),
  }).meta({
    description:
      "The token that the score was read at; absent for models that read a mean or steps. Tokens " +
      "behind it earn nothing where attention is causal.",
  });
}

function floats(description: string) {
  return z.union([
    z.array(z.number()),
    z.string().meta({ contentEncoding: "base64", description: "Little-endian float32." }),
  ]).meta({ description });
}

const replyExample = {
  id: "4b1f5d0c",
  model: "movie-reward",
  credit: { method: "abc", beta: 0.5 },
  items: [{
    completions: [{
      score: 2,
      rewards: [0.25, 0.5, 1.25],
      credit: [0.25, 0.5, 0.25],
      token_ids: [264, 1811, 14],
      offsets: [[0, 2], [2, 10], [10, 11]],
      response_mass: 0.71,
      read_at: { position: 6, token_id: 14 },
      truncated: false,
    }],
  }],
  usage: { tokens: 7, computed_tokens: 7 },
  timing_ms: { tokenize: 0.4, queue: 0.1, inference: 11.2 },
};
