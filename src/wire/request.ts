/**
 * What `POST /v1/rewards` reads, as zod schemas: the check at the door, the documentation and the
 * types of clients are all derived from them.
 *
 * Knows nothing of HTTP.
 *
 * @module
 */

import { z } from "zod";
import { defaultMethod } from "../credit/choice.ts";
import { defaultOptions } from "../credit/options.ts";
import { payNames } from "../credit/pay.ts";
import { creditMethodNames, defaultCredit } from "../credit/registry.ts";
import { closes } from "../text/sample.ts";
import { list, record, spans, text, texts, tokenIds } from "./fields.ts";
import { defaultWireLimits, type WireLimits } from "./limits.ts";
import { messageSchema } from "./message.ts";
import { unitField } from "./unit_field.ts";

/** The request of `POST /v1/rewards`, held to `limits`. */
export function rewardRequestSchema(limits: WireLimits = defaultWireLimits) {
  return record({
    items: itemsSchema(limits),
    credit: creditSchema().prefault({}),
    model: z.string().max(256).optional().meta({
      description: "The loaded model's name; any other is answered 404. Leave it out to use it.",
      examples: ["movie-reward"],
    }),
    truncate: truncateField(),
    close: closeField(),
    encoding: z.enum(["json", "base64"]).default("json").meta({
      description:
        "How lists of floats are returned: as JSON numbers, or as base64 of little-endian " +
        "float32.",
    }),
  }).superRefine(({ items }, context) => {
    const completions = items.reduce((total, item) => total + completionsOf(item).length, 0);
    if (completions <= limits.completionsPerRequest) return;
    context.addIssue({
      code: "custom",
      path: ["items"],
      message:
        `must hold at most ${limits.completionsPerRequest} completions in all, not ${completions}`,
      params: { tooLarge: true },
    });
  }).meta({
    id: "RewardRequest",
    description: "Prompts with their completions, and how the score of each is to be spread.",
    examples: [{
      items: [{ prompt: "The movie was", completions: [" a delight.", " two hours of my life."] }],
      credit: { method: "abc", beta: 0.8 },
    }],
  });
}

/** A request, read: every default filled in. */
export type RewardRequest = z.output<ReturnType<typeof rewardRequestSchema>>;

/** A request as callers may write it. */
export type RewardRequestInput = z.input<ReturnType<typeof rewardRequestSchema>>;

/** One prompt with its completions, in one of three forms. */
export type RewardItem = RewardRequest["items"][number];

/** How an item's completions are written: texts, or lists of ids. */
export function completionsOf(item: RewardItem): readonly string[] | readonly number[][] {
  return "prompt_ids" in item ? item.completion_ids : item.completions;
}

/** Zod has no union by key; which form an item was meant to be, `explain.ts` finds out. */
function itemsSchema(limits: WireLimits) {
  const forms =
    "{ prompt, completions }, { messages, completions } or { prompt_ids, completion_ids }";
  const item = z.union([plainItem(limits), chatItem(limits), idsItem(limits)], {
    error: `must be ${forms}`,
  });
  return list(item, { min: 1, max: limits.items }).meta({
    description: "Prompts with their completions.",
  });
}

/** A prompt and completions as text: the form of most requests. */
function plainItem(limits: WireLimits) {
  return record({
    prompt: text(limits).meta({
      description: "The prompt. It may be empty.",
      examples: ["The movie was"],
    }),
    ...completionFields(limits),
  }).superRefine(requireSpanLists).meta({
    title: "Plain item",
    description: "A prompt with completions, tokenised as one text each.",
  });
}

/** A conversation. The template decides which roles there are, so any is accepted here. */
function chatItem(limits: WireLimits) {
  return record({
    messages: list(messageSchema(limits), { min: 1, max: limits.messages }).meta({
      description: "The conversation, rendered by the model's chat template; a completion is the " +
        "next assistant turn.",
      examples: [[{ role: "user", content: "Write a review of the movie." }]],
    }),
    ...completionFields(limits),
  }).superRefine(requireSpanLists).meta({
    title: "Chat item",
    description: "A conversation with completions, each as the next assistant turn.",
  });
}

/**
 * Ids, for trainers whose policy shares the model's tokenizer: sampled ids need not be those that
 * their text would be tokenised to. They have no characters, so a caller's spans make no sense here.
 */
function idsItem(limits: WireLimits) {
  return record({
    prompt_ids: tokenIds(limits).meta({
      description:
        "The prompt as ids of the reward model's own tokenizer, special tokens included.",
      examples: [[1, 464, 3807]],
    }),
    completion_ids: list(tokenIds(limits), { min: 1, max: limits.completionsPerItem }).meta({
      description: "One list of ids per completion.",
      examples: [[[373, 257, 9180]]],
    }),
  }).meta({
    title: "Item of ids",
    description: "A prompt with completions as ids of the reward model's own tokenizer.",
  });
}

/** What items of text have in common; whether spans lie within the text, `text/` checks. */
function completionFields(limits: WireLimits) {
  const max = limits.completionsPerItem;
  return {
    completions: texts(limits, { max }).meta({
      description: "The completions of this prompt. An empty one gets its score and empty arrays.",
      examples: [[" a delight."]],
    }),
    token_spans: list(spans(limits), { min: 1, max }).optional().meta({
      description:
        "The caller's own tokens, one list per completion, as [start, end) in Unicode code " +
        "points of the completion. Rewards are then given per caller token. A span of no width at " +
        "the end stands for an end-of-sequence token.",
      examples: [[[[0, 2], [2, 10], [10, 11]]]],
    }),
    steps: list(spans(limits), { min: 1, max }).optional().meta({
      description:
        "The steps of each completion, as [start, end) in Unicode code points of the completion, for " +
        "models that score steps. Without them the model's rule finds them (`GET /v1/models`).",
      examples: [[[[0, 20], [20, 55]]]],
    }),
  };
}

/** Lists that do not pair with the completions would credit one with another's tokens. */
function requireSpanLists(item: SpanLists, context: z.RefinementCtx): void {
  const { length } = item.completions;
  for (const name of ["token_spans", "steps"] as const) {
    const lists = item[name];
    if (lists === undefined || lists.length === length) continue;
    const message = `must hold one list per completion, which are ${length}`;
    context.addIssue({ code: "custom", path: [name], message });
  }
}

interface SpanLists {
  readonly completions: readonly string[];
  readonly token_spans?: readonly (readonly [number, number][])[] | undefined;
  readonly steps?: readonly (readonly [number, number][])[] | undefined;
}

function creditSchema() {
  return record({ ...creditFields(), unit: unitField() })
    .meta({ id: "CreditChoice", description: "How the score of a completion is spread." });
}

/** More layers than any model has. */
const MOST_LAYERS = 1_000;

/** The largest budget of texts; what they have in tokens, `--max-credit-tokens` limits. */
const MOST_PASSES = 16_384;

/**
 * How the score is spread, but for the unit, which bodies and addresses write in two ways. Each field has its own default, so that naming a method keeps the usual beta.
 *
 * @param written how numbers are written, where they may be text as in a URL. @default as numbers
 */
export function creditFields(
  written: (number: z.ZodNumber) => z.ZodType<number, number> = asNumber,
) {
  return {
    method: z.enum(creditMethodNames).optional().meta({
      description:
        "How the score is spread; `GET /v1/models` says what each method does. By default " +
        `${defaultCredit.method}, of models that score steps ${defaultMethod({ task: "token" })}.`,
    }),
    beta: written(z.number().min(0).max(1)).default(defaultCredit.beta).meta({
      description: "The part of the score that is spread; the rest goes to the last token.",
    }),
    passes: written(z.number().int().min(16).max(MOST_PASSES)).optional().meta({
      description:
        "The most texts that shapley may compare a completion with: it samples where it would take more. " +
        `By default ${defaultOptions.passes}, enough to be exact for ten units.`,
    }),
    layer: z.union([
      z.literal("all"),
      written(z.number().int().min(-MOST_LAYERS).max(MOST_LAYERS)),
    ], {
      error: "must be a layer or 'all'",
    }).optional().meta({
      description:
        "The layer whose attention layers reads, from 0, or from -1 for the last one down; all, the " +
        "default, is their mean.",
    }),
    pay: z.enum(payNames).optional().meta({
      description:
        "How the credit of a unit of several tokens is paid: all on its last token, or spread equally " +
        "over its tokens. By default last, with occlusion and shapley spread.",
    }),
  };
}

const asNumber = (number: z.ZodNumber): z.ZodType<number, number> => number;

/** What a sample loses that does not fit. */
export function truncateField() {
  return z.enum(["none", "left", "right"]).default("none").meta({
    description: "What a sample longer than the model's context loses: nothing (an error of kind " +
      "too_long), the start of the prompt (left) or the end of the completion (right).",
  });
}

/** What texts are closed with; without it what the server was started with. */
export function closeField() {
  return z.enum(closes).optional().meta({
    description:
      "The token that texts get where they do not end in it: that of the end of a sequence (eos), as " +
      "some trainers of reward models close them, that at which the model's score is read (reward), " +
      "as InternLM2 has one, or none. Without it the server decides (`GET /v1/models`).",
  });
}
