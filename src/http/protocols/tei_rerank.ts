/**
 * `POST /rerank` as text-embeddings-inference answers it: a list, best first. vLLM has the same path with
 * `documents` in place of `texts`, so the body tells whose client it is.
 *
 * @module
 */

import { z } from "zod";
import { text, texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { EmptyRequest } from "../failure_case.ts";
import { activated } from "./activation.ts";
import { bodyWith } from "./body_keys.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import { charactersIn, teiErrors, teiFields, teiHeaders, teiOptions, teiUrl } from "./tei.ts";
import { coverSchema, tokenSchemas, tokensOf } from "./token_fields.ts";

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const teiRerank: Protocol<Body> = {
  name: "text-embeddings-inference",
  routes: [{
    path: "/rerank",
    operationId: "rerankTexts",
    summary: "rank completions as text-embeddings-inference does",
    description:
      "TEI's form has query and texts, and its reply is a list, the best first. Scores are " +
      "raw unless raw_scores is false. Token rewards stand beside each score.",
    query: teiUrl,
    answered: "The texts, the best first",
  }],
  speaks: bodyWith("texts"),
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    if (body.texts.length === 0) throw new EmptyRequest("texts");
    return {
      ...teiOptions(body, query),
      samples: body.texts.map((completion) => ({
        kind: "plain",
        prompt: body.query,
        completion,
      })),
      place: (error) => placedAt(error, (sample) => `texts[${sample}]`),
    };
  },
  fromScored({ completions }, { body }) {
    return completions.map((completion, index) => ({
      index,
      ...(body.return_text ? { text: body.texts[index] } : {}),
      score: activated(completion.score, body.raw_scores === false),
      ...tokensOf(completion),
      token_rewards_cover: "completion",
    })).toSorted((a, b) => b.score - a.score);
  },
  headers: (scored, { body }, served) =>
    teiHeaders(scored, charactersIn([...body.texts.map(() => body.query), ...body.texts]), served),
  ...teiErrors,
};

/** As TEI's own. */
function requestSchema(limits: WireLimits) {
  return z.object({
    ...teiFields(),
    query: text(limits).meta({ examples: ["The movie was"] }),
    texts: texts(limits, { min: 0, max: limits.completionsPerRequest }).meta({
      examples: [[" a delight.", " dull."]],
    }),
    return_text: z.boolean().default(false),
  }).meta({ id: "TeiRerankRequest", description: "Texts to rank. Other keys are ignored." });
}

/** As TEI's own, with token fields beside. */
function replySchema() {
  return z.array(
    z.object({
      index: z.int().meta({ description: "The text's place in the request." }),
      text: z.string().optional(),
      score: z.number(),
      ...tokenSchemas(),
      token_rewards_cover: coverSchema("completion"),
    }).meta({ id: "TeiRank" }),
  );
}
