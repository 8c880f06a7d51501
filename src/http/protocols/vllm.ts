/**
 * What the protocols of vLLM's pooling models have in common: how errors look, what may be chosen, and
 * what stands in replies beside vLLM's own keys.
 *
 * vLLM applies a sigmoid or a softmax unless `use_activation` (before, `activation`) is false. Here scores
 * are raw unless it is true, since clients that do not think of it expect the reward.
 *
 * @module
 */

import { z } from "zod";
import type { Scored } from "../../scorer/scored.ts";
import { record } from "../../wire/fields.ts";
import { parseWire } from "../../wire/parse.ts";
import { type ErrorForm, fullMessage, statusOf } from "../errors.ts";
import { scoreFields } from "./protocol.ts";

/** Errors as vLLM's OpenAI-like routes write them. */
export const vllmErrors: ErrorForm = {
  errorBody: (error, _requestId, status) => ({
    error: {
      message: fullMessage(error),
      type: typeOf(status),
      param: error.path ?? null,
      code: status,
    },
  }),
  errorSchema: () =>
    z.object({
      error: z.object({
        message: z.string(),
        type: z.string(),
        param: z.string().nullable(),
        code: z.int(),
      }),
    }).meta({ id: "VllmError" }),
  statusOf,
};

function typeOf(status: number): string {
  if (status === 401) return "AuthenticationError";
  if (status === 404) return "NotFoundError";
  if (status === 503) return "ServiceUnavailableError";
  return status < 500 ? "BadRequestError" : "InternalServerError";
}

/** What the URL may say of scoring, as vLLM's bodies have no field for it. */
export const vllmUrl = record(scoreFields());

/** The options of a URL. */
export function vllmOptions(query: Readonly<Record<string, string>>) {
  const { method, beta, truncate, close } = parseWire(vllmUrl, query, { what: "the URL" });
  return { credit: { method, beta }, truncation: truncate, close };
}

/** Fields of every request. */
export function vllmFields() {
  return {
    model: z.string().max(256).nullish().meta({
      description: "The model's name; without it the default one is asked.",
      examples: ["movie-reward"],
    }),
    use_activation: z.boolean().nullish().meta({
      description: "Whether scores become probabilities by a sigmoid. They are raw without it.",
    }),
    activation: z.boolean().nullish().meta({ description: "The same, as older clients name it." }),
  };
}

/** Whether probabilities were asked for. */
export function wantsActivation(
  { use_activation, activation }: {
    use_activation?: boolean | null | undefined;
    activation?: boolean | null | undefined;
  },
): boolean {
  return use_activation ?? activation ?? false;
}

/** Tokens that were read, in OpenAI's terms. */
export function usageOf({ cost: { tokens } }: Scored) {
  return {
    prompt_tokens: tokens,
    total_tokens: tokens,
    completion_tokens: 0,
    prompt_tokens_details: null,
  };
}

/** The schema of {@linkcode usageOf}. */
export function usageSchema() {
  return z.object({
    prompt_tokens: z.int(),
    total_tokens: z.int(),
    completion_tokens: z.int(),
    prompt_tokens_details: z.null(),
  });
}

/** Seconds since 1970, which replies state. */
export function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
