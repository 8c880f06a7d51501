/**
 * Between credit and the engine: what to ask the model for one sequence, and what its output means.
 *
 * @module
 */

import type { Job } from "../batch/entry.ts";
import type { CreditInputs, Needs, Units } from "../credit/method.ts";
import type { Query, SequenceOutput } from "../engine/engine.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Encoding } from "../text/encoding.ts";

/** The job that answers what a method needs to know of `encoding`. */
export function jobFor(
  encoding: Encoding,
  { needs, causal }: { needs: Needs; causal: boolean },
): Job {
  const { ids, completion } = encoding;
  const { attention, attribution } = needs;
  const query: Query = { ids, rows: rowsOf(encoding, needs), attention, attribution };
  // Without a causal mask a prompt looks different before each completion: nothing can be shared.
  const sharedTokens = causal ? completion[0] : 0;
  return { query, sharedTokens, group: `${sharedTokens}:${hash(ids.subarray(0, sharedTokens))}` };
}

/** What {@linkcode creditInputsOf} goes by. */
export interface CreditInputsOptions {
  readonly encoding: Encoding;
  readonly units: Units;
  readonly needs: Needs;
  readonly model: LoadedModel;
}

/**
 * What the output for {@linkcode jobFor}'s query says, in the terms of credit.
 *
 * @throws {AbacusError} `model_failure` where a logit is not finite
 */
export function creditInputsOf(
  output: SequenceOutput,
  { encoding, units, needs, model }: CreditInputsOptions,
): CreditInputs {
  const scores = rowScores(output, { rows: rowsOf(encoding, needs).length, model });
  return {
    score: scores.at(-1) ?? NaN,
    units,
    ...(needs.prefixScores ? prefixInputs(scores, encoding) : {}),
    ...(output.attention === undefined ? {} : attentionInputs(output.attention, encoding)),
    ...(output.attribution === undefined ? {} : attributionInputs(output.attribution, encoding)),
  };
}

function rowsOf(encoding: Encoding, { prefixScores }: Needs): number[] {
  return prefixScores ? prefixRows(encoding) : [encoding.pooled];
}

/** The prompt's last token where there is one, every token of the completion, the pooled one. */
function prefixRows({ completion: [start, end], pooled }: Encoding): number[] {
  const first = Math.max(0, start - 1);
  const rows = Array.from({ length: end - first }, (_, i) => first + i);
  return rows.at(-1) === pooled ? rows : [...rows, pooled];
}

function prefixInputs(scores: readonly number[], { completion: [start, end] }: Encoding) {
  const prompts = start > 0 ? 1 : 0;
  const prefixScores = Float64Array.from(scores.slice(prompts, prompts + end - start));
  return { prefixScores, promptScore: prompts === 0 ? 0 : scores[0] ?? NaN };
}

function attentionInputs(row: Float32Array, encoding: Encoding) {
  const { own: attention, closing: closingAttention } = splitByRegion(row, encoding);
  return { attention, closingAttention };
}

function attributionInputs(row: Float32Array, encoding: Encoding) {
  const { own: attribution, closing: closingAttribution } = splitByRegion(row, encoding);
  return { attribution, closingAttribution };
}

/** A number per token of the sequence: those of the completion, and the sum of the closing tokens'. */
function splitByRegion(row: Float32Array, { completion, closing }: Encoding) {
  return {
    own: Float64Array.from(row.subarray(...completion)),
    closing: row.subarray(...closing).reduce((total, each) => total + each, 0),
  };
}

function rowScores(
  { logits }: SequenceOutput,
  { rows, model }: { rows: number; model: LoadedModel },
): number[] {
  const labels = logits.length / rows;
  return Array.from(
    { length: rows },
    (_, row) => model.score(logits.subarray(row * labels, (row + 1) * labels)),
  );
}

/** FNV-1a, 32 bits: two prompts that clash would only make a batch a little too large. */
function hash(ids: Int32Array): number {
  return ids.reduce((state, id) => Math.imul(state ^ id, 0x01000193), 0x811c9dc5) >>> 0;
}
