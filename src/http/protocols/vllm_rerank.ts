/**
 * `POST /rerank`, `/v1/rerank` and `/v2/rerank` as vLLM answers them, after Jina's and Cohere's APIs: a
 * query is a prompt here and its documents are completions, the best first. SGLang's `/v1/rerank` is asked by
 * the same bodies and answers a bare list, so that only one of the two can be spoken.
 *
 * @module
 */

import { z } from "zod";
import { list, text } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { activated, activationFields, wantsActivation } from "./activation.ts";
import { bodyWith } from "./body_keys.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import { coverSchema, tokenColumns, tokenColumnSchemas } from "./token_fields.ts";
import { modelField, vllmHead, vllmHeadSchemas, vllmOptions, vllmPeer, vllmUrl } from "./vllm.ts";
import { vllmTruncation, vllmTruncationFields } from "./vllm_input.ts";

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** What all routes say of themselves. */
const route = {
  summary: "Rank completions as vLLM's reranking does",
  description:
    "vLLM's form has query and documents. Documents come back in the order of their raw " +
    "scores, the best first; token rewards stand in token_rewards, in the order of the request.",
  query: vllmUrl,
  answered: "The documents, the best first",
};

/** The protocol. */
export const vllmRerank: Protocol<Body> = {
  ...vllmPeer,
  routes: [
    { path: "/rerank", operationId: "rerank", ...route },
    { path: "/v1/rerank", operationId: "rerankV1", ...route },
    { path: "/v2/rerank", operationId: "rerankV2", ...route },
  ],
  speaks: bodyWith("documents"),
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    const options = vllmOptions(body, query);
    return {
      ...options,
      truncation: vllmTruncation(body, options.truncation),
      samples: body.documents.map((document) => ({
        kind: "plain",
        prompt: body.query,
        completion: textOf(document),
      })),
      place: (error) => placedAt(error, (sample) => `documents[${sample}]`),
    };
  },
  fromScored(scored, { body }, served) {
    const wanted = wantsActivation(body);
    const results = scored.completions.map(({ score }, index) => ({
      index,
      document: { text: textOf(body.documents[index]!) },
      relevance_score: activated(score, wanted),
    })).toSorted((a, b) => b.relevance_score - a.relevance_score);
    return {
      ...vllmHead("rerank", scored, served),
      // 0 asks for all, as null does.
      results: body.top_n ? results.slice(0, body.top_n) : results,
      ...tokenColumns(scored.completions),
      token_rewards_cover: "completion",
    };
  },
};

/** What is read of a document. */
function textOf(document: Body["documents"][number]): string {
  return typeof document === "string" ? document : document.text;
}

/** As vLLM's own; documents may be objects, of which the text alone is read. */
function requestSchema(limits: WireLimits) {
  const document = z.union([text(limits), z.object({ text: text(limits) })], {
    error: "must be a text, or an object with one",
  });
  return z.object({
    model: modelField(),
    ...activationFields(),
    ...vllmTruncationFields({ cut: "truncate=left in the URL cuts prompts" }),
    query: text(limits).meta({ examples: ["The movie was"] }),
    documents: list(document, { min: 1, max: limits.completionsPerRequest }).meta({
      examples: [[" a delight.", " dull."]],
    }),
    top_n: z.int().min(0).nullish().meta({ description: "The most results; 0 for all." }),
  }).meta({ id: "VllmRerankRequest", description: "Documents to rank. Other keys are ignored." });
}

/** As vLLM's own, with token fields beside. */
function replySchema() {
  return z.object({
    ...vllmHeadSchemas(),
    results: z.array(z.object({
      index: z.int().meta({ description: "The document's place in the request." }),
      document: z.object({ text: z.string() }),
      relevance_score: z.number(),
    })),
    ...tokenColumnSchemas(),
    token_rewards_cover: coverSchema("completion"),
  }).meta({ id: "VllmRerankReply" });
}
