/**
 * `POST /v1/embeddings` as SGLang answers it for reward models, which verl's reward loop reads with the engine
 * sglang: texts or ids in, and the raw score as the one entry of each `embedding`.
 *
 * Embeddings are always lists of numbers, as SGLang's are: OpenAI's own client, which asks for base64, reads
 * them too.
 *
 * @module
 */

import { z } from "zod";
import { record } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { parseWire } from "../../wire/parse.ts";
import * as openai from "./openai.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";
import { coverSchema, tokenColumns, tokenColumnSchemas } from "./token_fields.ts";

/** What the URL may say, as SGLang's bodies have no field for it. */
const urlOptions = record(scoreFields());

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const sglangEmbeddings: Protocol<Body> = {
  name: "SGLang",
  routes: [{
    path: "/v1/embeddings",
    operationId: "embeddings",
    summary: "Score texts as SGLang's embeddings of a reward model do",
    description:
      "The raw score of each text is the one entry of its embedding; token rewards stand in " +
      "token_rewards. It is no embedding of the text.",
    query: urlOptions,
    answered: "The scores of the texts, in their order",
  }],
  requestSchema,
  replySchema,
  toSamples({ body: { model, input }, query }) {
    const { method, beta, unit, pay, passes, layer, truncate, close } = parseWire(
      urlOptions,
      query,
      {
        what: "the URL",
      },
    );
    return {
      model: model ?? undefined,
      samples: openai.inputSamples(input),
      credit: { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, (sample) => openai.inputPlace(input, sample)),
    };
  },
  fromScored(scored, _request, { model }) {
    const { completions } = scored;
    return {
      object: "list",
      model,
      data: completions.map(({ score }, index) => ({
        object: "embedding",
        index,
        embedding: [score],
      })),
      usage: openai.usageOf(scored),
      ...tokenColumns(completions),
      token_rewards_cover: "text",
    };
  },
  ...openai.openaiErrors,
};

/** As SGLang's own. */
function requestSchema(limits: WireLimits) {
  return z.object({
    model: z.string().max(256).nullish().meta({
      description: "The model's name; without it the default one is asked.",
    }),
    input: openai.inputField(limits),
  }).meta({
    id: "SglangEmbeddingsRequest",
    description: "Texts to score. Other keys are ignored.",
  });
}

/** As SGLang's own, with token fields beside. */
function replySchema() {
  return z.object({
    object: z.literal("list"),
    model: z.string(),
    data: z.array(z.object({
      object: z.literal("embedding"),
      index: z.int(),
      embedding: z.array(z.number()).meta({ description: "One number: the raw score." }),
    })),
    usage: openai.usageSchema(),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("text"),
  }).meta({ id: "SglangEmbeddings" });
}
