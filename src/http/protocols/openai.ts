/**
 * What the OpenAI-like routes of vLLM and SGLang have in common: `input`, which holds texts or ids, the usage
 * that replies state, and how errors look.
 *
 * @module
 */

import { z } from "zod";
import type { Scored, ScoreSample } from "../../scorer/scored.ts";
import { list, text, texts, tokenIds } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { type ErrorForm, fullMessage, statusOf } from "../errors.ts";

/** Errors in OpenAI's envelope. */
export const openaiErrors: ErrorForm = {
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
    }).meta({ id: "OpenaiError" }),
  statusOf,
};

function typeOf(status: number): string {
  if (status === 401) return "AuthenticationError";
  if (status === 404) return "NotFoundError";
  if (status === 429) return "RateLimitError";
  if (status === 503) return "ServiceUnavailableError";
  return status < 500 ? "BadRequestError" : "InternalServerError";
}

/** What stands in `input`. */
export type OpenaiInput = string | string[] | number[] | number[][];

/** The schema of `input`. */
export function inputField(limits: WireLimits): z.ZodType<OpenaiInput, OpenaiInput> {
  const most = limits.completionsPerRequest;
  return z.union([
    text(limits),
    texts(limits, { max: most }),
    tokenIds(limits),
    list(tokenIds(limits), { min: 1, max: most }),
  ], { error: "must be a text, a list of texts, ids or a list of lists of ids" })
    .refine((input) => input.length > 0, { error: "must not be empty" })
    .meta({ examples: [["The movie was a delight."]] });
}

/** Every input as a sample. A text without a prompt is all completion. */
export function inputSamples(
  input: OpenaiInput,
  { templated = false }: { templated?: boolean } = {},
): ScoreSample[] {
  return (isMany(input) ? input : [input]).map((each) =>
    typeof each === "string"
      ? { kind: "plain", prompt: "", completion: each, templated }
      : { kind: "ids", promptIds: [], completionIds: each as number[] }
  );
}

/** How a request names one of its inputs. */
export function inputPlace(input: OpenaiInput, sample: number): string {
  return isMany(input) ? `input[${sample}]` : "input";
}

/** Texts or lists of ids, and not one of them. */
function isMany(input: OpenaiInput): input is string[] | number[][] {
  return Array.isArray(input) && typeof input[0] !== "number";
}

/** Tokens that were read, and those of them that nothing was computed for. */
export function usageOf({ cost: { tokens, reusedTokens: reused } }: Scored) {
  return {
    prompt_tokens: tokens,
    total_tokens: tokens,
    completion_tokens: 0,
    prompt_tokens_details: reused === undefined
      ? null
      : { cached_tokens: reused.inFlight + reused.kept },
  };
}

/** The schema of {@linkcode usageOf}. */
export function usageSchema() {
  return z.object({
    prompt_tokens: z.int(),
    total_tokens: z.int(),
    completion_tokens: z.int(),
    prompt_tokens_details: z.object({ cached_tokens: z.int() }).nullable(),
  });
}
