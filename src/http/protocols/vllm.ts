/**
 * What the protocols of vLLM's pooling models have in common: what may be chosen, and what stands in replies
 * beside the results.
 *
 * @module
 */

import { z } from "zod";
import type { Scored } from "../../scorer/scored.ts";
import { record } from "../../wire/fields.ts";
import { parseWire } from "../../wire/parse.ts";
import { openaiErrors, usageOf, usageSchema } from "./openai.ts";
import { type Protocol, scoreFields } from "./protocol.ts";

/** What every protocol of vLLM's is called, and how its errors look. */
export const vllmPeer = { name: "vLLM", ...openaiErrors };

/** What the URL may say of scoring, as vLLM's bodies have no field for it. */
export const vllmUrl = record(scoreFields());

/** Which model a request asks, and how it scores. */
export function vllmOptions(
  { model }: { model?: string | null | undefined },
  query: Readonly<Record<string, string>>,
) {
  const { method, beta, unit, pay, passes, layer, truncate, close } = parseWire(vllmUrl, query, {
    what: "the URL",
  });
  return {
    model: model ?? undefined,
    credit: { method, beta, unit, pay, passes, layer },
    truncation: truncate,
    close,
  };
}

/** The field of every request that names its model. */
export function modelField() {
  return z.string().max(256).nullish().meta({
    description: "The model's name; without it the default one is asked.",
    examples: ["movie-reward"],
  });
}

/** What a reply of protocol `kind` begins with. */
export function vllmHead(
  kind: string,
  scored: Scored,
  { requestId, model }: Pick<Parameters<Protocol["fromScored"]>[2], "requestId" | "model">,
) {
  return { id: `${kind}-${requestId}`, model, usage: usageOf(scored) };
}

/** The schemas of {@linkcode vllmHead}. */
export function vllmHeadSchemas() {
  return { id: z.string(), model: z.string(), usage: usageSchema() };
}

/** A reply's list of results, and when it was made, in seconds since 1970. */
export function vllmList<Result>(data: readonly Result[]) {
  return { object: "list", created: Math.floor(Date.now() / 1000), data };
}

/** The schemas of {@linkcode vllmList}. */
export function vllmListSchemas<Result extends z.ZodType>(result: Result) {
  return { object: z.literal("list"), created: z.int(), data: z.array(result) };
}
