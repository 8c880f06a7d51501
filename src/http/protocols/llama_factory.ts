/**
 * `POST /v1/score/evaluation`: LlamaFactory's API for reward models, which its PPO asks with
 * `reward_model_type: api`.
 *
 * Its trainer sends a batch of whole texts, prompt and response decoded with their special tokens, and the
 * model's name `model`, whatever the model is; so that name stands for the default one. It reads `scores`
 * alone, and it reads a body whatever the status is: an error has no such key, so that the trainer stops.
 *
 * The server there cuts texts on the right where `max_length` says so, or the context. Here texts that are
 * too long are refused unless the URL says `truncate=right`, and `max_length` is refused where it is given.
 *
 * @module
 */

import { z } from "zod";
import { record, texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { parseWire } from "../../wire/parse.ts";
import { creditReplySchema } from "../../wire/reply_credit.ts";
import { fullMessage, statusOf } from "../errors.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";
import { coverSchema, tokenColumns, tokenColumnSchemas } from "./token_fields.ts";

/** What a reward URL may say in its query string, as the client's body has no field for it. */
const urlOptions = record({ model: z.string().max(256).optional(), ...scoreFields() });

/** What LlamaFactory's trainer calls every model. */
const ANY_MODEL = "model";

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const llamaFactory: Protocol<Body> = {
  name: "LlamaFactory",
  routes: [{
    path: "/v1/score/evaluation",
    operationId: "scoreEvaluation",
    summary: "Score texts as LlamaFactory's API does",
    description:
      "The raw score of each text in scores, which is all that LlamaFactory reads; a reward per token " +
      "in token_rewards beside it. The method, the model, the truncation and the closing token can be " +
      "chosen in the URL, as in /v1/score/evaluation?method=abc&truncate=right.",
    query: urlOptions,
    answered: "Lists with one entry per text, in their order",
  }],
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const { model, method, beta, unit, pay, passes, layer, truncate, close } = parseWire(
      urlOptions,
      query,
      {
        what: "the URL",
      },
    );
    return {
      model: model ?? (body.model === ANY_MODEL ? undefined : body.model),
      samples: body.messages.map((completion) => ({
        kind: "plain",
        prompt: "",
        completion,
        templated: true,
      })),
      credit: { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, (sample) => `messages[${sample}]`),
    };
  },
  fromScored({ completions, credit }, _request, { requestId, model }) {
    return {
      id: `scoreval-${requestId}`,
      object: "score.evaluation",
      model,
      scores: completions.map(({ score }) => score),
      ...tokenColumns(completions),
      token_rewards_cover: "text",
      credit,
    };
  },
  errorBody: (error) => ({ detail: fullMessage(error) }),
  errorSchema: () => z.object({ detail: z.string() }).meta({ id: "LlamaFactoryError" }),
  statusOf,
};

function requestSchema(limits: WireLimits) {
  return z.object({
    model: z.string().max(256).meta({
      description: "The model's name, or model, which stands for the default one.",
      examples: [ANY_MODEL],
    }),
    messages: texts(limits, { min: 1, max: limits.completionsPerRequest }).meta({
      description: "Whole texts: prompt and response, special tokens included.",
      examples: [["<s>The movie was a delight.</s>"]],
    }),
    max_length: z.unknown().optional().refine((value) => value === undefined || value === null, {
      error: "must be left out (the URL's truncate cuts texts to the context)",
    }),
  }).meta({ id: "LlamaFactoryRequest", description: "Texts to score. Other keys are ignored." });
}

function replySchema() {
  return z.object({
    id: z.string(),
    object: z.literal("score.evaluation"),
    model: z.string(),
    scores: z.array(z.number()).meta({ description: "The raw score of each text." }),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("text"),
    credit: creditReplySchema(),
  }).meta({ id: "LlamaFactoryReply", description: "Lists with one entry per text." });
}
