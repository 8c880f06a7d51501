/**
 * Between credit and the engine: what to ask the model for one sequence, and what its output means.
 *
 * @module
 */

import type { Job } from "../batch/entry.ts";
import type { CreditInputs, Needs, Units } from "../credit/method.ts";
import type { AttentionKind } from "../architectures/architecture.ts";
import type { Query, SequenceOutput } from "../engine/engine.ts";
import type { MeasurementName } from "../engine/measurements/registry.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Encoding } from "../text/encoding.ts";

/** The job that answers what a method needs to know of `encoding`. */
export function jobFor(
  encoding: Encoding,
  { needs, attention }: { needs: Needs; attention: AttentionKind },
): Job {
  const { ids, completion } = encoding;
  const query: Query = {
    ids,
    pool: encoding.pool,
    rows: needs.prefixScores ? prefixRows(encoding) : [],
    measure: measureOf(needs),
  };
  // Without a causal mask a prompt looks different before each completion: nothing can be shared.
  const sharedTokens = attention === "causal" ? completion[0] : 0;
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
  const { attention, gradient } = output.measured;
  return {
    score: model.score(output.logits),
    units,
    ...(needs.prefixScores ? prefixInputs(rowScores(output, model), encoding) : {}),
    ...(attention === undefined ? {} : attentionInputs(attention, encoding)),
    ...(gradient === undefined ? {} : attributionInputs(gradient, encoding)),
  };
}

function measureOf({ attention, attribution }: Needs): MeasurementName[] {
  return [...attention ? ["attention" as const] : [], ...attribution ? ["gradient" as const] : []];
}

/** The prompt's last token where there is one, and every token of the completion. */
function prefixRows({ completion: [start, end] }: Encoding): number[] {
  const first = Math.max(0, start - 1);
  return Array.from({ length: end - first }, (_, i) => first + i);
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

function rowScores({ logits, rowLogits }: SequenceOutput, model: LoadedModel): number[] {
  const labels = logits.length;
  return Array.from(
    { length: rowLogits.length / labels },
    (_, row) => model.score(rowLogits.subarray(row * labels, (row + 1) * labels)),
  );
}

/** FNV-1a, 32 bits: two prompts that clash would only make a batch a little too large. */
function hash(ids: Int32Array): number {
  return ids.reduce((state, id) => Math.imul(state ^ id, 0x01000193), 0x811c9dc5) >>> 0;
}
