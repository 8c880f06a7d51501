/**
 * `POST /rm`: the remote reward model of slime and its fork miles (`--rm-type remote_rm --rm-url URL/rm`).
 *
 * Their client sends one sample at a time and stores the JSON that it gets as the sample's reward: an
 * object of which `--reward-key reward` takes a number, or, with `?form=number` in the URL, the bare number.
 * It raises on every status that is not good and tries ten times, so failures have none.
 *
 * A prompt is text to which the chat template has been applied, special tokens included
 * (`--apply-chat-template`), so that the tokenizer adds none, or the conversation itself.
 *
 * @module
 */

import { z } from "zod";
import type { AbacusError } from "../../errors.ts";
import type { ScoreSample } from "../../scorer/scored.ts";
import { list, record, text } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { messageOf, messageSchema } from "../../wire/message.ts";
import { parseWire } from "../../wire/parse.ts";
import { creditReplySchema } from "../../wire/reply_credit.ts";
import { fullMessage, statusOf } from "../errors.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";
import { coverSchema, tokenSchemas, tokensOf } from "./token_fields.ts";

/** What a reward URL may say in its query string, as the client's body has no field for it. */
const urlOptions = record({
  model: z.string().max(256).optional(),
  ...scoreFields(),
  form: z.enum(["object", "number"]).default("object").meta({
    description: "What is answered: an object, for --reward-key, or the bare score.",
  }),
});

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const slime: Protocol<Body> = {
  name: "slime",
  routes: [{
    path: "/rm",
    operationId: "remoteRm",
    summary: "Score a response as slime's remote reward model does",
    description:
      "The raw score in reward, for --reward-key reward; a reward per token of the response in " +
      "token_rewards beside it. With form=number in the URL the score alone, for slime without a key.",
    query: urlOptions,
    answered: "The reward of the response",
  }],
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const { model, method, beta, unit, pay, passes, layer, truncate, close, form } = optionsOf(
      query,
    );
    return {
      model,
      samples: [sampleOf(body)],
      credit: form === "number"
        ? { method: "terminal", beta }
        : { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, () => placeOf(error)),
    };
  },
  fromScored({ completions: [completion], credit }, { body, query }, { model }) {
    const { form } = optionsOf(query);
    const { score } = completion!;
    if (form === "number") return score;
    return {
      reward: score,
      score,
      ...tokensOf(completion!),
      token_rewards_cover: body.prompt === "" ? "text" : "completion",
      model,
      credit,
    };
  },
  errorBody: (error) => ({ detail: fullMessage(error) }),
  errorSchema: () => z.object({ detail: z.string() }).meta({ id: "SlimeError" }),
  statusOf,
};

function optionsOf(query: Readonly<Record<string, string>>) {
  return parseWire(urlOptions, query, { what: "the URL" });
}

function sampleOf({ prompt, response }: Body): ScoreSample {
  return typeof prompt === "string"
    ? { kind: "plain", prompt, completion: response, templated: true }
    : { kind: "chat", messages: prompt.map(messageOf), completion: response };
}

/** The place that a sample's error names, in the client's words. */
function placeOf({ path = "" }: AbacusError): string {
  const [, inner] = /^(?:prompt|messages)(.*)$/.exec(path) ?? [];
  return inner === undefined ? "response" : `prompt${inner}`;
}

/** As the client sends it. */
function requestSchema(limits: WireLimits) {
  const conversation = list(messageSchema(limits), { min: 1, max: limits.messages });
  return z.object({
    prompt: z.union([text(limits), conversation], { error: "must be a text or a list of messages" })
      .meta({
        description: "The prompt with its template applied, or the conversation.",
        examples: ["<s>The movie was"],
      }),
    response: text(limits).meta({ examples: [" a delight.</s>"] }),
    label: z.unknown().optional().meta({
      description: "The ground truth, which a reward model does not read.",
    }),
  }).meta({ id: "SlimeRequest", description: "A sample to score. Other keys are ignored." });
}

/** What the client stores, of which it takes a number. */
function replySchema() {
  const object = z.object({
    reward: z.number().meta({ description: "The raw score." }),
    score: z.number().meta({ description: "The same." }),
    ...tokenSchemas(),
    token_rewards_cover: coverSchema("completion", "text"),
    model: z.string(),
    credit: creditReplySchema(),
  });
  return z.union([object, z.number()]).meta({
    id: "SlimeReply",
    description: "The reward of the response.",
  });
}
