/**
 * What the protocols of Hugging Face's text-embeddings-inference (TEI) have in common: how errors look, the
 * headers that tell what a request cost, `GET /health` and `GET /info`.
 *
 * TEI applies a sigmoid or a softmax unless `raw_scores` is true. Here scores are raw unless it is false,
 * since a reward is what is asked for. A full queue is 429 there at once, which its clients know, a server
 * that still loads is 503 and unhealthy, and a batch of nothing is 400, where all that is wrong else is 422.
 *
 * @module
 */

import { z } from "zod";
import type { ErrorKind } from "../../errors.ts";
import type { Scored, ScoreRequest } from "../../scorer/scored.ts";
import { record } from "../../wire/fields.ts";
import { parseWire } from "../../wire/parse.ts";
import { type ErrorForm, fullMessage, statusOf } from "../errors.ts";
import { type FactRoute, scoreFields, type ServerFacts } from "./protocol.ts";

/** The types of TEI's errors, with their statuses, where they are not those of Abacus. */
const types: Readonly<Partial<Record<ErrorKind, readonly [type: string, status: number]>>> = {
  invalid_request: ["validation", 422],
  too_long: ["validation", 422],
  overloaded: ["overloaded", 429],
  deadline_exceeded: ["overloaded", 504],
  model_failure: ["backend", 424],
};

/** The statuses that no kind has, with the types that are theirs. */
const statusOfCase = { unready: 503, empty: 400 };
const typeOfStatus: Readonly<Record<number, string>> = { 503: "unhealthy", 400: "empty" };

/** Errors as TEI writes them. */
export const teiErrors: ErrorForm = {
  errorBody: (error, _requestId, status) => ({
    error: fullMessage(error),
    error_type: typeOfStatus[status] ?? types[error.kind]?.[0] ?? "validation",
  }),
  statusOfCase,
  errorSchema: () =>
    z.object({ error: z.string(), error_type: z.string() }).meta({ id: "TeiError" }),
  statusOf: {
    ...statusOf,
    // Object.entries knows the keys of a record as strings only.
    ...Object.fromEntries(Object.entries(types).map(([kind, [, status]]) => [kind, status])),
  } as Readonly<Record<ErrorKind, number>>,
};

/** What the URL may say of scoring, as TEI's bodies have no field for it. */
export const teiUrl = record({ model: z.string().max(256).optional(), ...scoreFields() });

/** Fields of every request. */
export function teiFields() {
  return {
    truncate: z.boolean().nullish().meta({
      description: "Whether texts that are too long are cut; without it the URL says so.",
    }),
    truncation_direction: z.enum(["Left", "Right", "left", "right"]).default("Right").meta({
      description: "Left cuts the start of the first text of a pair, right the end of the last.",
    }),
    raw_scores: z.boolean().nullish().meta({
      description: "Whether scores are raw, as they are without it; false makes probabilities.",
    }),
  };
}

/** How the texts of a request are scored. */
export function teiOptions(
  body: { truncate?: boolean | null | undefined; truncation_direction: string },
  query: Readonly<Record<string, string>>,
) {
  const { model, method, beta, unit, pay, passes, layer, truncate, close } = parseWire(
    teiUrl,
    query,
    {
      what: "the URL",
    },
  );
  const side = body.truncation_direction.toLowerCase() as ScoreRequest["truncation"];
  const asked = body.truncate ? side : body.truncate === false ? "none" : truncate;
  return { model, credit: { method, beta, unit, pay, passes, layer }, truncation: asked, close };
}

/** What a request cost, in milliseconds, tokens and characters. */
export function teiHeaders(
  { cost }: Scored,
  characters: number,
  { device }: { readonly device: string },
): Record<string, string> {
  const ms = (time: number) => String(Math.round(time));
  return {
    "x-compute-type": device === "cpu" ? "cpu" : "gpu",
    "x-compute-time": ms(cost.tokenizeMs + cost.inferenceMs),
    "x-compute-characters": String(characters),
    "x-compute-tokens": String(cost.tokens),
    "x-total-time": ms(cost.tokenizeMs + cost.queueMs + cost.inferenceMs),
    "x-tokenization-time": ms(cost.tokenizeMs),
    "x-queue-time": ms(cost.queueMs),
    "x-inference-time": ms(cost.inferenceMs),
  };
}

/** Code points, as TEI counts characters. */
export function charactersIn(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + [...text].length, 0);
}

/** `GET /health`: whether requests can be served, by the status alone. SGLang's and vLLM's clients ask it too. */
export function teiHealth({ backend }: ServerFacts): FactRoute {
  return {
    method: "GET",
    path: "/health",
    operationId: "getTeiHealth",
    summary: "Whether all models are loaded",
    open: true,
    answer: {
      type: "application/json",
      description: "They are",
      schema: z.object({ ready: z.boolean() }).meta({ id: "TeiHealth" }),
    },
    unready: "They are not, or the server drains",
    failures: [],
    handle(context) {
      const ready = backend.readiness === "ready";
      return context.json({ ready }, ready ? 200 : 503);
    },
  };
}

/** `GET /info`: what is served, and its limits. */
export function teiInfo({ backend, version, limits }: ServerFacts): FactRoute {
  return {
    method: "GET",
    path: "/info",
    operationId: "getInfo",
    summary: "What the default model is, and its limits",
    open: false,
    answer: { type: "application/json", description: "The facts", schema: infoSchema() },
    failures: ["overloaded"],
    handle(context) {
      const { scorer } = backend.require().find(undefined);
      const { name, storedDtype, context: maxTokens, scoreRule } = scorer.facts;
      const info: z.output<ReturnType<typeof infoSchema>> = {
        model_id: name,
        model_sha: null,
        model_dtype: storedDtype,
        served_model_name: name,
        model_type: {
          classifier: { id2label: { 0: scoreRule }, label2id: { [scoreRule]: 0 } },
        },
        max_input_length: maxTokens,
        max_client_batch_size: limits.completionsPerRequest,
        auto_truncate: false,
        version,
        sha: null,
        docker_label: null,
      };
      return context.json(info);
    },
  };
}

function infoSchema() {
  return z.object({
    model_id: z.string(),
    model_sha: z.null(),
    model_dtype: z.string(),
    served_model_name: z.string(),
    model_type: z.object({
      classifier: z.object({
        id2label: z.record(z.string(), z.string()).meta({
          description: "The score is one class, whatever the labels it is made of.",
        }),
        label2id: z.record(z.string(), z.int()),
      }),
    }),
    max_input_length: z.int(),
    max_client_batch_size: z.int(),
    auto_truncate: z.boolean(),
    version: z.string(),
    sha: z.null(),
    docker_label: z.null(),
  }).meta({ id: "TeiInfo" });
}
