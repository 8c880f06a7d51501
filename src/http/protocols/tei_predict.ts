/**
 * `POST /predict` as text-embeddings-inference answers it. A text is one input, a list of two texts is **one
 * pair**, and only a list of lists is a batch: clients that send two texts for two scores get one, there
 * as here. A pair is a prompt with its completion.
 *
 * @module
 */

import { z } from "zod";
import type { ScoredCompletion } from "../../scorer/scored.ts";
import { list, text, texts } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { EmptyRequest } from "../failure_case.ts";
import { activated } from "./activation.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import {
  charactersIn,
  teiErrors,
  teiFields,
  teiHeaders,
  teiHealth,
  teiInfo,
  teiOptions,
  teiUrl,
} from "./tei.ts";
import { coverSchema, tokenSchemas, tokensOf } from "./token_fields.ts";

type Body = z.output<ReturnType<typeof requestSchema>>;

/** The protocol. */
export const teiPredict: Protocol<Body> = {
  name: "text-embeddings-inference",
  routes: [{
    path: "/predict",
    operationId: "predict",
    summary: "Score texts or pairs as text-embeddings-inference does",
    description:
      "A list of two texts is one pair, a prompt with its completion; a batch is a list of " +
      "lists. Scores are raw unless raw_scores is false. Token rewards stand beside each score.",
    query: teiUrl,
    answered: "A list with the one score of the input, or a list of such lists",
  }],
  facts: (server) => [teiHealth(server), teiInfo(server)],
  requestSchema,
  replySchema,
  toSamples({ body, query }) {
    if (body.inputs.length === 0 && typeof body.inputs !== "string") {
      throw new EmptyRequest("inputs");
    }
    return {
      ...teiOptions(body, query),
      samples: inputsOf(body).map((texts) => ({
        kind: "plain",
        prompt: texts.length > 1 ? texts[0]! : "",
        completion: texts.at(-1)!,
      })),
      place: (error) =>
        placedAt(error, (sample) => isBatch(body.inputs) ? `inputs[${sample}]` : "inputs"),
    };
  },
  fromScored({ completions }, { body }, { scoreRule }) {
    const inputs = inputsOf(body);
    const all = completions.map((completion, i) => [
      predictionOf(completion, { body, label: scoreRule, isPair: inputs[i]!.length > 1 }),
    ]);
    return isBatch(body.inputs) ? all : all[0]!;
  },
  headers: (scored, { body }, served) =>
    teiHeaders(scored, charactersIn(inputsOf(body).flat()), served),
  ...teiErrors,
};

/** Whether there are several inputs, each one or two texts. */
function isBatch(inputs: Body["inputs"]): inputs is string[][] {
  return Array.isArray(inputs) && Array.isArray(inputs[0]);
}

/** Every input as one or two texts. */
function inputsOf({ inputs }: Body): readonly (readonly string[])[] {
  return isBatch(inputs) ? inputs : [[inputs].flat() as string[]];
}

/** The answer for one input. */
function predictionOf(
  completion: ScoredCompletion,
  { body, label, isPair }: { body: Body; label: string; isPair: boolean },
) {
  return {
    score: activated(completion.score, body.raw_scores === false),
    label,
    ...tokensOf(completion),
    token_rewards_cover: isPair ? "completion" : "text",
  };
}

/** As TEI's own. */
function requestSchema(limits: WireLimits) {
  const tooMany = "must hold a text, or a prompt and its completion";
  const input = texts(limits, { max: 2, tooMany });
  return z.object({
    ...teiFields(),
    inputs: z.union([
      text(limits),
      input,
      list(input, { max: limits.completionsPerRequest }),
    ], {
      error: "must be a text, a list of one or two texts, or a list of such lists",
    }).meta({ examples: [[["The movie was", " a delight."]]] }),
  }).meta({ id: "TeiPredictRequest", description: "Texts or pairs. Other keys are ignored." });
}

/** A list for one input, and a list of lists for a batch. */
function replySchema() {
  const prediction = z.object({
    score: z.number(),
    label: z.string().meta({ description: "What the score is, as in `LABEL_1 - LABEL_0`." }),
    ...tokenSchemas(),
    token_rewards_cover: coverSchema("text", "completion"),
  }).meta({ id: "TeiPrediction" });
  return z.union([z.array(prediction), z.array(z.array(prediction))]);
}
