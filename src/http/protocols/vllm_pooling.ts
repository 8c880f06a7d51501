/**
 * `POST /pooling` as vLLM answers it for rewards per token (`task: token_classify`, before `reward`): one row
 * per token of the whole input, as the model read it, which is 0 on tokens of the prompt and of the template
 * and the reward on those of the completion. vLLM tells neither the tokens nor where they stand, so that
 * each entry has them beside its rows. Other tasks are refused.
 *
 * Rows are rewards that add up to the raw score, so there is no activation of them.
 *
 * Of a process reward model each entry has its steps beside its rows, and `rows=steps` in the URL puts them
 * in the place of the rows, as vLLM answers for such models: a row of probabilities for each step.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../../errors.ts";
import type { Scored, ScoredCompletion } from "../../scorer/scored.ts";
import { record } from "../../wire/fields.ts";
import type { WireLimits } from "../../wire/limits.ts";
import { parseWire } from "../../wire/parse.ts";
import { bytesReply, elementBytes, embedDtypes } from "./float_rows.ts";
import { bytesType } from "../bytes_reply.ts";
import { placedAt, type Protocol } from "./protocol.ts";
import { coverSchema } from "./token_fields.ts";
import * as vllm from "./vllm.ts";
import * as given from "./vllm_input.ts";

/** A request as it was read. */
type Body = z.output<ReturnType<typeof requestSchema>>;

/** What the URL may say: how to score, and what the rows are those of. */
const url = vllm.vllmUrl.extend({
  rows: z.enum(["tokens", "steps"]).default("tokens").meta({
    description:
      "steps makes a row for each step of a process reward model, as vLLM does: [1 - score, score] where " +
      "its scores are probabilities of one of two labels, else [score].",
  }),
});

/** The protocol. */
export const vllmPooling: Protocol<Body> = {
  ...vllm.vllmPeer,
  routes: [{
    path: "/pooling",
    operationId: "pooling",
    summary: "Reward the tokens of texts as vLLM's pooling does",
    description:
      "One row per token of the input: 0 for the prompt, the reward for the completion. token_ids, " +
      "offsets and completion_start say which tokens they are; the rows and unassigned add up to score.",
    query: url,
    answered: "The rows of the texts, in their order",
    bytes: { answer: [bytesType] },
  }],
  requestSchema,
  replySchema,
  toSamples({ body, query: { rows, ...query } }) {
    rowsAsked(rows);
    const options = vllm.vllmOptions(body, query);
    return {
      ...options,
      samples: given.vllmSamples(body),
      truncation: given.vllmTruncation(body, options.truncation),
      place: (error) => placedAt(error, (sample) => given.vllmPlace(body, sample)),
    };
  },
  fromScored(scored, { body, query }, served) {
    const head = vllm.vllmHead("pooling", scored, served);
    const rows = scored.completions.map(
      rowsAsked(query.rows) === "steps" ? stepRowsOf(served) : tokenRowsOf,
    );
    if (body.encoding_format.startsWith("bytes")) return inBytes({ scored, rows, body, head });
    const data = rows.map(({ values, width }, index) => ({
      index,
      object: "pooling",
      data: body.encoding_format === "base64" ? elementBytes(values, body).toBase64() : Array.from(
        { length: values.length / width },
        (_, row) => Array.from(values.subarray(row * width, (row + 1) * width)),
      ),
      ...factsOf(scored.completions[index]!),
    }));
    return { ...head, ...vllm.vllmList(data), token_rewards_cover: given.vllmCover(body) };
  },
};

/** What the rows are to be those of. */
function rowsAsked(rows: string | undefined): "tokens" | "steps" {
  return parseWire(record({ rows: url.shape.rows }), { rows }, { what: "the URL" }).rows;
}

/** Rows of `width` numbers, one after the other. */
interface Rows {
  readonly values: Float64Array;
  readonly width: number;
}

/** One number per token of the sequence. */
function tokenRowsOf({ rewards, sequence }: ScoredCompletion): Rows {
  if (sequence === undefined) {
    throw new AbacusError(
      "invalid_request",
      "Cannot answer with rows as the model has no one sequence of tokens: received token_classify",
    );
  }
  const rows = new Float64Array(sequence.tokenIds.length);
  rows.set(rewards, sequence.completionStart);
  return { values: rows, width: 1 };
}

/** The scores of the steps; of two labels also that of the other, whose probability is what is left. */
function stepRowsOf(
  { scoreRule, labels }: { readonly scoreRule: string; readonly labels: number },
): (completion: ScoredCompletion) => Rows {
  const isPair = labels === 2 && scoreRule.startsWith("P(");
  return ({ steps }) => {
    if (steps === undefined) {
      throw new AbacusError(
        "invalid_request",
        "Cannot answer with rows of steps as the model scores whole completions: received rows=steps",
        { path: "rows" },
      );
    }
    const values = steps.flatMap(({ score }) => isPair ? [1 - score, score] : [score]);
    return { values: Float64Array.from(values), width: isPair ? 2 : 1 };
  };
}

/** What vLLM's entries lack. Tokens that are none of the completion's stand at [0, 0]. */
function factsOf({ score, offset = 0, offsets, sequence, steps, truncated }: ScoredCompletion) {
  const { tokenIds, completionStart: start } = sequence!;
  const places = Array.from(tokenIds, (_, at) => offsets?.[at - start] ?? [0, 0]);
  return {
    score,
    unassigned: offset,
    completion_start: start,
    token_ids: Array.from(tokenIds),
    offsets: offsets === undefined ? [] : places,
    ...(steps === undefined ? {} : {
      step_ends: steps.map(({ end }) => end === undefined ? -1 : start + end),
      step_scores: steps.map(({ score }) => score),
    }),
    truncated,
  };
}

/** All rows as bytes; a header has no room for what is long. */
function inBytes(
  { scored: { completions }, rows, body, head }: {
    scored: Scored;
    rows: readonly Rows[];
    body: Body;
    head: object;
  },
): object {
  const { embed_dtype, endianness, encoding_format: format } = body;
  const parts = rows.map(({ values }) => elementBytes(values, body));
  if (format === "bytes_only") return bytesReply(parts);
  let end = 0;
  const data = parts.map(({ length }, index) => {
    const { token_ids: _, offsets: __, ...facts } = factsOf(completions[index]!);
    const start = end;
    end += length;
    const { values, width } = rows[index]!;
    const shape = [values.length / width, width];
    return { index, embed_dtype, endianness, start, end, shape, ...facts };
  });
  const cover = { token_rewards_cover: given.vllmCover(body) };
  return bytesReply(parts, { ...head, ...vllm.vllmList(data), ...cover });
}

/** As vLLM's own, less what would not be rewards. */
function requestSchema(limits: WireLimits) {
  const raw = { error: "must be false or left out: token rewards add up to the raw score" };
  const never = { error: "must be left out: token rewards have no dimensions" };
  return z.object({
    model: vllm.modelField(),
    ...given.vllmInputFields(limits),
    task: z.enum(["token_classify", "reward"], {
      error: "must be token_classify or left out; for one score per text ask /classify",
    }).nullish().meta({ description: "reward is the older name." }),
    encoding_format: z.enum(["float", "base64", "bytes", "bytes_only"]).default("float").meta({
      description: "bytes has the facts in the header metadata, without token_ids and offsets.",
    }),
    embed_dtype: z.enum(embedDtypes).default("float32"),
    endianness: z.enum(["native", "little", "big"]).default("native").meta({
      description: "Of base64 and bytes; native is little.",
    }),
    use_activation: z.literal(false, raw).nullish(),
    activation: z.literal(false, raw).nullish(),
    dimensions: z.null(never).optional(),
  }).superRefine(given.requireOneInput)
    .meta({ id: "VllmPoolingRequest", description: "Texts to reward. Other keys are ignored." });
}

/** As vLLM's own, with the facts of tokens beside. */
function replySchema() {
  const result = z.object({
    index: z.int(),
    object: z.literal("pooling"),
    data: z.union([z.array(z.array(z.number())), z.string()]).meta({
      description:
        "A row of one number per token of the input, or what the URL asks for; or base64 of them.",
    }),
    score: z.number().meta({ description: "The raw score." }),
    unassigned: z.number().meta({ description: "The part of the score that no token has." }),
    completion_start: z.int().meta({ description: "The row of the completion's first token." }),
    token_ids: z.array(z.int()),
    offsets: z.array(z.tuple([z.int(), z.int()])).meta({
      description:
        "The code points of the completion that each token covers; none where ids were given.",
    }),
    step_ends: z.array(z.int()).optional().meta({
      description:
        "Of models that score steps, the row of each step's last token; -1 where it has none.",
    }),
    step_scores: z.array(z.number()).optional().meta({
      description: "Of such models, the score of each step.",
    }),
    truncated: z.boolean(),
  });
  return z.object({
    ...vllm.vllmHeadSchemas(),
    ...vllm.vllmListSchemas(result),
    token_rewards_cover: coverSchema("text", "completion"),
  }).meta({ id: "VllmPoolingReply" });
}
