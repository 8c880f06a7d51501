/**
 * `POST /classify` as SGLang answers it natively for reward models: `text` or `input_ids` in, and the score
 * as the one entry of an `embedding` out, in an object for one text and in a list of them for several. vLLM
 * has the same path with other keys, so the body tells whose client it is.
 *
 * SGLang's `/v1/classify` is not copied: it applies a softmax, which of one label is always 1.
 *
 * @module
 */

import { z } from "zod";
import type { ScoredCompletion, ScoreSample } from "../../scorer/scored.ts";
import { list, record, text, texts, tokenIds } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { parseWire } from "../../wire/parse.ts";
import { fullMessage, statusOf } from "../errors.ts";
import { bodyWith, isGiven } from "./body_keys.ts";
import { placedAt, type Protocol, scoreFields } from "./protocol.ts";
import { coverSchema, tokenSchemas, tokensOf } from "./token_fields.ts";

/** What the URL may say, as SGLang's bodies have no field for it. */
const urlOptions = record({ model: z.string().max(256).optional(), ...scoreFields() });

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const sglang: Protocol<Body> = {
  name: "SGLang",
  routes: [{
    path: "/classify",
    operationId: "classifyNatively",
    summary: "score texts as SGLang's native classification does",
    description:
      "SGLang's form has text or input_ids. The raw score of each text is the one entry of " +
      "its embedding; token rewards stand beside it.",
    query: urlOptions,
    answered: "An object for one text, or a list of them",
  }],
  speaks: bodyWith("text", "input_ids"),
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
    const name = isGiven(body.text) ? "text" : "input_ids";
    return {
      model,
      samples: samplesOf(body),
      credit: { method, beta, unit, pay, passes, layer },
      truncation: truncate,
      close,
      place: (error) => placedAt(error, (sample) => isOne(body) ? name : `${name}[${sample}]`),
    };
  },
  fromScored(scored, { body }, { requestId }) {
    const ids = [body.rid ?? requestId].flat();
    const latencyMs = scored.cost.tokenizeMs + scored.cost.queueMs + scored.cost.inferenceMs;
    const all = scored.completions.map((completion, i) =>
      answerOf(completion, { id: ids[i] ?? `${ids[0]}-${i}`, latencyMs })
    );
    return isOne(body) ? all[0]! : all;
  },
  errorBody: (error) => ({ error: { message: fullMessage(error) } }),
  errorSchema: () =>
    z.object({ error: z.object({ message: z.string() }) }).meta({ id: "SglangError" }),
  statusOf,
};

/** Whether a request holds one text, which is answered without a list. */
function isOne({ text, input_ids: ids }: Body): boolean {
  return isGiven(text) ? typeof text === "string" : typeof ids?.[0] === "number";
}

/** A text has no known prompt, so that all of it is completion. */
function samplesOf(body: Body): ScoreSample[] {
  const { text } = body;
  const ids = body.input_ids ?? [];
  if (isGiven(text)) {
    return [text].flat().map((completion) => ({ kind: "plain", prompt: "", completion }));
  }
  const lists = (isOne(body) ? [ids] : ids) as number[][];
  return lists.map((completionIds) => ({ kind: "ids", promptIds: [], completionIds }));
}

/** The answer for one text. */
function answerOf(
  completion: ScoredCompletion,
  { id, latencyMs }: { id: string; latencyMs: number },
) {
  return {
    embedding: [completion.score],
    meta_info: {
      id,
      prompt_tokens: completion.sequence?.tokenIds.length ?? completion.rewards.length,
      e2e_latency: latencyMs / 1000,
    },
    ...tokensOf(completion),
    token_rewards_cover: "text",
  };
}

/** As SGLang's own. */
function requestSchema(limits: WireLimits) {
  const max = limits.completionsPerRequest;
  const id = z.string().max(256);
  return z.object({
    text: z.union([text(limits), texts(limits, { max })]).nullish().meta({
      examples: [["The movie was a delight."]],
    }),
    input_ids: z.union([tokenIds(limits), list(tokenIds(limits), { min: 1, max })])
      .refine((ids) => ids.length > 0, { error: "must not be empty" }).nullish(),
    rid: z.union([id, list(id, { max })]).nullish().meta({
      description: "The caller's own ids for the texts.",
    }),
  }).superRefine(({ text, input_ids }, context) => {
    if (isGiven(text) !== isGiven(input_ids)) return;
    context.addIssue({ code: "custom", message: "must hold either text or input_ids" });
  }).meta({ id: "SglangRequest", description: "Texts to score. Other keys are ignored." });
}

/** An object or a list, by what was asked. */
function replySchema() {
  const answer = z.object({
    embedding: z.array(z.number()).meta({ description: "One number: the raw score." }),
    meta_info: z.object({
      id: z.string(),
      prompt_tokens: z.int().meta({
        description: "Tokens that the model read, special ones included.",
      }),
      e2e_latency: z.number().meta({ description: "Seconds." }),
    }),
    ...tokenSchemas(),
    token_rewards_cover: coverSchema("text"),
  }).meta({ id: "SglangAnswer" });
  return z.union([answer, z.array(answer)]);
}
