/**
 * Task: one completion on its way through the scorer, which gains its tokens, its jobs and their
 * results in turn. What a credit method asks of the model, and what it makes of the answers, happens
 * here and in `credit_inputs.ts` alone.
 *
 * @module
 */

import type { BatchRecord, Job, JobResult } from "../batch/entry.ts";
import { assignCredit } from "../credit/assign.ts";
import type { CreditTerms } from "../credit/choice.ts";
import type { CreditInputs } from "../credit/method.ts";
import type { TokenCredit } from "../credit/pay.ts";
import { ownAnswer } from "../credit/queries.ts";
import type { Query } from "../engine/engine.ts";
import { measurements, pathRuleOf } from "../engine/measurements/registry.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { ownTokens } from "../text/own_tokens.ts";
import { withUnpaid } from "../text/paid_spans.ts";
import { readPart } from "../text/read_part.ts";
import { paidCallerTokens, paidOwnTokens, type PaidTokens } from "../text/paid_tokens.ts";
import type { Encoding } from "../text/encoding.ts";
import type { DecodedText } from "../text/pieces.ts";
import { completionUnits, scoredUnits } from "./completion_units.ts";
import { answerOf, creditInputsOf, type PaidInputs } from "./credit_inputs.ts";
import type { ScoreCost, ScoredCompletion, ScoredStep, ScoreSample } from "./scored.ts";

/** How the completions of one call are scored. */
export interface TaskOptions {
  readonly model: LoadedModel;
  readonly terms: CreditTerms;
  /** Tokens above which a plan is broken off, and not to be computed. @default none */
  readonly mostPlanned?: number;
}

/** One completion, tokenised, with the questions that the model has to answer for it. */
export interface Task {
  readonly sample: ScoreSample;
  readonly encoding: Encoding;
  /** What its credit is planned and assigned by. */
  readonly inputs: PaidInputs;
  /** The tokens that are paid. */
  readonly paid: PaidTokens;
  /** What the method planned: the completion itself first. */
  readonly jobs: readonly Job[];
  /** Tokens that may be computed for that beside those of the completion itself. */
  readonly plannedTokens: number;
}

/** A task that has been through the model. */
export interface AnsweredTask extends Task {
  /** One per job, in their order. */
  readonly results: readonly JobResult[];
}

/** A sample that was tokenised, with the text of its tokens where units are found in text. */
export interface TokenizedSample {
  readonly sample: ScoreSample;
  readonly encoding: Encoding;
  readonly text?: DecodedText | undefined;
}

/**
 * Makes the task of a tokenised sample: plans what the model is asked for it.
 *
 * @throws {AbacusError} `invalid_request` for spans that do not fit the completion, `too_long` where
 * a measurement of the text would take too much memory
 */
export function taskOf(
  { sample, encoding, text }: TokenizedSample,
  taskOptions: TaskOptions,
): Task {
  const { model, terms: { unit, options } } = taskOptions;
  const { spans } = sample;
  const read = readPart(encoding, seenTokens(encoding, model));
  const paid = spans === undefined ? paidOwnTokens(read) : paidCallerTokens(read, spans);
  const units = completionUnits(unit, { encoding: read, paid, spans, text, model });
  const inputs = creditInputsOf({ encoding: read, paid, units, options, model });
  const sharedTokens = model.attention === "causal" ? encoding.completion[0] : 0;
  return { sample, encoding, paid, inputs, ...planOf(inputs, sharedTokens, taskOptions) };
}

/** What the method asks, as far as it may: a plan that is broken off has more tokens than that. */
function planOf(
  inputs: CreditInputs,
  sharedTokens: number,
  { model, terms: { method }, mostPlanned = Infinity }: TaskOptions,
): Pick<Task, "jobs" | "plannedTokens"> {
  const least = method.leastPlanned?.(inputs) ?? 0;
  if (least > mostPlanned) return { jobs: [], plannedTokens: least };
  const jobs: Job[] = [];
  let plannedTokens = 0;
  for (const query of method.plan(inputs)) {
    requireMeasurable(query, { model, method });
    plannedTokens += tokensBeside(query, jobs.length);
    jobs.push(jobOf(query, sharedTokens));
    if (plannedTokens > mostPlanned) break;
  }
  return { jobs, plannedTokens };
}

/** The score of a causal model depends on no token behind the one that it is read at. */
function seenTokens({ ids, pool }: Encoding, { attention }: LoadedModel): number {
  return attention === "causal" ? 1 + (pool.at(-1) ?? 0) : ids.length;
}

/** Without a causal mask a prompt looks different before each completion: nothing can be shared. */
function jobOf(query: Query, sharedTokens: number): Job {
  const group = `${sharedTokens}:${hash(query.ids.subarray(0, sharedTokens))}`;
  return { query, sharedTokens, group };
}

/** FNV-1a, 32 bits: two prompts that clash would only make a batch a little too large. */
function hash(ids: Int32Array): number {
  return ids.reduce((state, id) => Math.imul(state ^ id, 0x01000193), 0x811c9dc5) >>> 0;
}

/** Tokens that a query may have computed beside those of the completion itself, which the first one asks about. */
function tokensBeside({ ids: { length }, measure }: Query, place: number): number {
  const along = measure.reduce((texts, name) => texts + (pathRuleOf(name)?.most ?? 0), 0);
  return (along + (place === 0 ? 0 : 1)) * length;
}

/**
 * Reads the score off the model's answer and spreads it over the tokens.
 *
 * @throws {AbacusError} the error that the job ended with, or `model_failure` where its numbers are
 * not finite or do not add up
 */
export function scoredOf(task: AnsweredTask, options: TaskOptions): ScoredCompletion {
  const { sample, encoding, paid, inputs, results } = task;
  const { model, terms: { method, beta, options: _, ...choice } } = options;
  const answers = results.map((result) => {
    if (result instanceof AbacusError) throw result;
    return answerOf(result.output, model);
  });
  const credit = ofAllTokens(assignCredit(method, answers, { inputs, beta, choice }), task);
  const units = scoredUnits(choice.unit, { units: inputs.units, paid, credit });
  const { score, stepScores } = ownAnswer(answers);
  return {
    score,
    ...credit,
    ...(units === undefined ? {} : { units }),
    ...placesOf(sample, encoding),
    ...(stepScores === undefined ? {} : { steps: stepsOf(task, stepScores) }),
    ...readingOf(encoding, model),
    ...(encoding.dropped === undefined ? {} : { dropped: encoding.dropped }),
    truncated: encoding.truncated,
  };
}

/** Steps by their last tokens among all rewards, some of which are of tokens that are not paid. */
function stepsOf({ inputs: { steps }, paid }: Task, scores: Float64Array): ScoredStep[] {
  return Array.from(scores, (score, step) => {
    const end = paid.indices[steps?.ends[step] ?? -1];
    return end === undefined ? { score } : { end, score };
  });
}

/** Tokens behind what was read, and those that the template left out, are paid nothing. */
function ofAllTokens(
  { shares, ...credit }: TokenCredit,
  { sample: { spans }, encoding, paid }: Task,
): TokenCredit {
  const tokens = spans?.length ?? ownTokens(encoding).count;
  const whole = (perToken: Float64Array) => withUnpaid(perToken, paid.indices, tokens);
  return {
    ...credit,
    rewards: whole(credit.rewards),
    ...(shares === undefined ? {} : { shares: whole(shares) }),
  };
}

/** Where the score was read, unless it is that of a mean or of steps, or not known. */
function readingOf(
  { ids, pool }: Encoding,
  { pooling }: LoadedModel,
): Pick<ScoredCompletion, "readAt"> {
  // The first of a gated pooling is where its gate reads.
  const position = pool.at(-1) ?? 0;
  return pooling === "mean" || pooling === "steps" || pooling === "graph"
    ? {}
    : { readAt: { position, tokenId: ids[position]! } };
}

/**
 * Adds up what the jobs that went well cost. A batch's cost is shared in proportion to tokens, among those
 * that something was computed for.
 */
export function costOf(tasks: readonly AnsweredTask[], tokenizeMs: number): ScoreCost {
  let [tokens, computedTokens, queueMs] = [0, 0, 0];
  const reused = { inFlight: 0, kept: 0 };
  const batches = new Set<BatchRecord>();
  for (const { jobs, results } of tasks) {
    for (const [i, result] of results.entries()) {
      if (result instanceof AbacusError) continue;
      const { batch } = result;
      const { length } = jobs[i]!.query.ids;
      tokens += length;
      queueMs = Math.max(queueMs, result.queueMs);
      if (batch !== undefined) batches.add(batch);
      if (result.reused !== undefined) reused[result.reused] += length;
      else if (batch !== undefined) computedTokens += length * batch.computedTokens / batch.tokens;
    }
  }
  const inferenceMs = [...batches].reduce((total, batch) => total + batch.inferenceMs, 0);
  return {
    tokens,
    computedTokens: Math.round(computedTokens),
    ...(reused.inFlight + reused.kept > 0 ? { reusedTokens: reused } : {}),
    tokenizeMs,
    queueMs,
    inferenceMs,
  };
}

/** A pass over whole texts keeps the attention of all their tokens, which must fit into memory. */
function requireMeasurable(
  { ids: { length }, measure }: Query,
  { model: { ownPassTokens }, method: { name } }: {
    readonly model: LoadedModel;
    readonly method: CreditTerms["method"];
  },
): void {
  if (length <= ownPassTokens || measure.every((each) => measurements[each].pass !== "own")) return;
  throw new AbacusError(
    "too_long",
    `Cannot assign credit by ${name} as a text may have at most ${ownPassTokens} tokens for that ` +
      `(--max-gradient-mb): received ${length}`,
  );
}

/** What the rewards belong to: the caller's spans, or the model's own tokens. */
function placesOf(
  { kind, spans }: ScoreSample,
  encoding: Encoding,
): Pick<ScoredCompletion, "tokenIds" | "offsets" | "sequence"> {
  if (spans !== undefined) return { offsets: spans };
  const own = ownTokens(encoding);
  const tokenIds = Int32Array.from(own.of([...encoding.ids.subarray(...encoding.completion)]));
  const sequence = sequenceOf(encoding, tokenIds);
  return kind === "ids"
    ? { tokenIds, sequence }
    : { tokenIds, offsets: own.of(encoding.offsets), sequence };
}

/** The whole sequence: the encoding's own ids, unless marks stand among the completion's. */
function sequenceOf(
  { ids, completion: [start, end] }: Encoding,
  tokenIds: Int32Array,
): NonNullable<ScoredCompletion["sequence"]> {
  if (tokenIds.length === end - start) return { tokenIds: ids, completionStart: start };
  const own = [...ids.subarray(0, start), ...tokenIds, ...ids.subarray(end)];
  return { tokenIds: Int32Array.from(own), completionStart: start };
}
