/**
 * `POST /classify` as vLLM answers it, which verl's reward loop and others read: texts, ids or one
 * conversation, and of each the last of its `probs`, which is the raw score here.
 *
 * A text has no known prompt, so that its token rewards cover all of it; of a conversation they cover the
 * last turn, which must be the assistant's. A reply has one class, whatever the labels of the model.
 *
 * @module
 */

import { z } from "zod";
import type { ScoreSample } from "../../scorer/scored.ts";
import { list, text, texts, tokenIds } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { messageOf, messageSchema } from "../../wire/message.ts";
import { activated } from "./activation.ts";
import { bodyWith } from "./body_keys.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import { coverSchema, tokenColumns, tokenColumnSchemas } from "./token_fields.ts";
import {
  nowS,
  usageOf,
  usageSchema,
  vllmErrors,
  vllmFields,
  vllmOptions,
  vllmUrl,
  wantsActivation,
} from "./vllm.ts";

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const vllmClassify: Protocol<Body> = {
  name: "vLLM",
  routes: [{
    path: "/classify",
    operationId: "classify",
    summary: "Score texts as vLLM's classification does",
    description:
      "vLLM's form has input or messages. The raw score of each text is the one entry of " +
      "its probs, unless use_activation asks for a probability; token rewards stand in token_rewards.",
    query: vllmUrl,
    answered: "The scores of the texts, in their order",
  }],
  speaks: bodyWith("input", "messages"),
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const { credit, truncation, close } = vllmOptions(query);
    return {
      model: body.model ?? undefined,
      samples: samplesOf(body),
      credit,
      truncation: body.truncate_prompt_tokens === -1 ? "right" : truncation,
      close,
      place: (error) => placedAt(error, (sample) => placeOf(body, sample)),
    };
  },
  fromScored(scored, { body }, { requestId, model }) {
    const wanted = wantsActivation(body);
    return {
      id: `classify-${requestId}`,
      object: "list",
      created: nowS(),
      model,
      data: scored.completions.map(({ score }, index) => ({
        index,
        label: null,
        probs: [activated(score, wanted)],
        num_classes: 1,
      })),
      usage: usageOf(scored),
      ...tokenColumns(scored.completions),
      token_rewards_cover: body.messages === undefined ? "text" : "completion",
    };
  },
  ...vllmErrors,
};

/** How a request names a text. */
function placeOf({ input }: Body, sample: number): string {
  if (input === undefined) return "messages";
  return isMany(input) ? `input[${sample}]` : "input";
}

/** Texts or lists of ids, and not one of them. */
function isMany(input: NonNullable<Body["input"]>): input is string[] | number[][] {
  return Array.isArray(input) && typeof input[0] !== "number";
}

/** A text without a prompt is all completion. */
function samplesOf({ input, messages = [], add_special_tokens: special }: Body): ScoreSample[] {
  if (input === undefined) return [conversation(messages.map(messageOf))];
  return (isMany(input) ? input : [input]).map((each) =>
    typeof each === "string"
      ? { kind: "plain", prompt: "", completion: each, templated: special === false }
      : { kind: "ids", promptIds: [], completionIds: each as number[] }
  );
}

/** The last turn is what is scored. */
function conversation(messages: readonly ReturnType<typeof messageOf>[]): ScoreSample {
  const completion = messages.at(-1)?.content ?? "";
  return { kind: "chat", messages: messages.slice(0, -1), completion };
}

/** As vLLM's own, less what would score something else than what was sent. */
function requestSchema(limits: WireLimits) {
  const most = limits.completionsPerRequest;
  const never = (why: string) => z.literal(false, { error: `must be left out (${why})` }).nullish();
  return z.object({
    ...vllmFields(),
    input: z.union([
      text(limits),
      texts(limits, { max: most }),
      tokenIds(limits),
      list(tokenIds(limits), { min: 1, max: most }),
    ], { error: "must be a text, a list of texts, ids or a list of lists of ids" })
      .refine((input) => input.length > 0, { error: "must not be empty" }).optional()
      .meta({ examples: [["The movie was a delight."]] }),
    messages: list(messageSchema(limits), { min: 2, max: limits.messages }).refine(
      (messages) => messages.at(-1)?.role === "assistant",
      { error: "must end in the assistant's turn, which is scored" },
    ).optional(),
    add_special_tokens: z.boolean().nullish().meta({
      description: "Whether texts get the tokenizer's special tokens; they do without it.",
    }),
    truncate_prompt_tokens: z.literal(-1, { error: "must be -1, the model's context, or left out" })
      .nullish().meta({ description: "-1 cuts texts on the right to the model's context." }),
    truncation_side: z.literal("right", { error: "must be right: a text has no prompt to cut" })
      .nullish(),
    add_generation_prompt: never("the last turn is scored as it stands"),
    continue_final_message: never("the last turn is scored as it stands"),
    chat_template: z.null({ error: "must be left out (the server's --chat-template sets it)" })
      .optional(),
  }).superRefine(({ input, messages }, context) => {
    if ((input === undefined) !== (messages === undefined)) return;
    const message = "must hold either input or messages";
    context.addIssue({ code: "custom", message });
  }).meta({ id: "VllmClassifyRequest", description: "Texts to score. Other keys are ignored." });
}

/** As vLLM's own, with token fields beside. */
function replySchema() {
  return z.object({
    id: z.string(),
    object: z.literal("list"),
    created: z.int(),
    model: z.string(),
    data: z.array(z.object({
      index: z.int(),
      label: z.null(),
      probs: z.array(z.number()).meta({ description: "One number: the score of the text." }),
      num_classes: z.literal(1),
    })),
    usage: usageSchema(),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("text", "completion"),
  }).meta({ id: "VllmClassifyReply" });
}
