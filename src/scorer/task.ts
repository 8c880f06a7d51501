/**
 * Task: one completion on its way through the scorer, which gains its tokens, its jobs and their
 * results in turn. What a credit method asks of the model, and what it makes of the answer, happens
 * here and in `credit_inputs.ts` alone.
 *
 * @module
 */

import type { BatchRecord, Job, JobResult } from "../batch/entry.ts";
import { assignCredit } from "../credit/assign.ts";
import type { CreditMethod, Units } from "../credit/method.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { callerUnits, ownUnits } from "../text/alignment.ts";
import type { Encoding } from "../text/encoding.ts";
import { creditInputsOf, jobFor } from "./credit_inputs.ts";
import type { ScoreCost, ScoredCompletion, ScoreSample } from "./scored.ts";

/** How the completions of one call are scored. */
export interface TaskOptions {
  readonly model: LoadedModel;
  readonly method: CreditMethod;
  /** The part of each score that is spread. */
  readonly beta: number;
}

/** One completion, tokenised, with the question that the model has to answer for it. */
export interface Task {
  readonly sample: ScoreSample;
  readonly encoding: Encoding;
  /** What the rewards are given to. */
  readonly units: Units;
  readonly job: Job;
}

/** A task that has been through the model. */
export interface AnsweredTask extends Task {
  readonly result: JobResult;
}

/**
 * Makes the task of a tokenised sample.
 *
 * @throws {AbacusError} `invalid_request` for spans that do not fit the completion, `too_long` where
 * differentiating the score would take too much memory
 */
export function taskOf(
  sample: ScoreSample,
  encoding: Encoding,
  { model, method: { needs } }: TaskOptions,
): Task {
  if (needs.attribution) requireDifferentiable(encoding, model);
  const { spans } = sample;
  const units = spans === undefined ? ownUnits(encoding) : callerUnits(encoding, spans);
  return { sample, encoding, units, job: jobFor(encoding, { needs, attention: model.attention }) };
}

/**
 * Reads the score off the model's answer and spreads it over the units.
 *
 * @throws {AbacusError} the error that the job ended with, or `model_failure` where its numbers are
 * not finite or do not add up
 */
export function scoredOf(task: AnsweredTask, options: TaskOptions): ScoredCompletion {
  const { sample, encoding, units, result } = task;
  if (result instanceof AbacusError) throw result;
  const { model, method, beta } = options;
  const inputs = creditInputsOf(result.output, { encoding, units, needs: method.needs, model });
  const credit = assignCredit(method, inputs, { beta });
  const { score } = inputs;
  return { score, ...credit, ...placesOf(sample, encoding), truncated: encoding.truncated };
}

/** Adds up what the tasks that went well cost. A batch's cost is shared in proportion to tokens. */
export function costOf(tasks: readonly AnsweredTask[], tokenizeMs: number): ScoreCost {
  let [tokens, computedTokens, queueMs] = [0, 0, 0];
  const batches = new Set<BatchRecord>();
  for (const { encoding: { ids }, result } of tasks) {
    if (result instanceof AbacusError) continue;
    const { batch } = result;
    tokens += ids.length;
    computedTokens += ids.length * batch.computedTokens / batch.tokens;
    queueMs = Math.max(queueMs, result.queueMs);
    batches.add(batch);
  }
  const inferenceMs = [...batches].reduce((total, batch) => total + batch.inferenceMs, 0);
  return { tokens, computedTokens: Math.round(computedTokens), tokenizeMs, queueMs, inferenceMs };
}

function requireDifferentiable(
  { ids: { length } }: Encoding,
  { gradientTokens }: LoadedModel,
): void {
  if (length <= gradientTokens) return;
  throw new AbacusError(
    "too_long",
    `Cannot assign credit by gradient as a text may have at most ${gradientTokens} tokens for that ` +
      `(--max-gradient-mb): received ${length}`,
  );
}

/** What the rewards belong to: the caller's spans, or the model's own tokens. */
function placesOf(
  { kind, spans }: ScoreSample,
  { ids, completion, offsets }: Encoding,
): Pick<ScoredCompletion, "tokenIds" | "offsets"> {
  if (spans !== undefined) return { offsets: spans };
  const tokenIds = ids.subarray(...completion);
  return kind === "ids" ? { tokenIds } : { tokenIds, offsets };
}
