/**
 * Stages: what becomes of the samples of a call in turn, for one model: tokenised, planned, computed. A scorer
 * of one model goes through them once, a mixture with each of its members side by side.
 *
 * @module
 */

import type { Batcher, SubmitOptions } from "../batch/batcher.ts";
import { unavailable } from "../credit/availability.ts";
import { hasLayer } from "../credit/layers.ts";
import type { CreditMethod } from "../credit/method.ts";
import { creditMethod } from "../credit/registry.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { decodedTexts } from "../text/pieces.ts";
import type { SampleTokenizer } from "../text/sample_tokenizer.ts";
import { isOfText } from "./completion_units.ts";
import type { CreditRequest } from "./scored_credit.ts";
import { SampleError, type ScoreRequest, type ScoreSample } from "./scored.ts";
import {
  type AnsweredTask,
  type Task,
  taskOf,
  type TaskOptions,
  type TokenizedSample,
} from "./task.ts";

/**
 * The credit method of this name.
 *
 * @throws {AbacusError} `invalid_request` where there is none, or the model cannot be asked for it or has no
 * such layer
 */
export function requireMethod(
  name: string,
  model: LoadedModel,
  { layer = "all" }: Pick<CreditRequest, "layer"> = {},
): CreditMethod {
  const method = creditMethod(name);
  const reason = unavailable(method, model);
  if (reason !== undefined) {
    throw new AbacusError("invalid_request", `Cannot assign credit as '${name}' ${reason}`, {
      path: "credit.method",
    });
  }
  const { dimensions: { layers } } = model;
  if (hasLayer(layer, layers)) return method;
  throw new AbacusError(
    "invalid_request",
    `Cannot assign credit as the layer must be from ${-layers} to ${
      layers - 1
    }, or all: received ${layer}`,
    { path: "credit.layer" },
  );
}

/** Every sample as tokens, in their order, with its text where units are found in the text. */
export async function tokenize(
  samples: readonly ScoreSample[],
  { model, terms: { unit }, truncation, close }: TokenizeOptions,
): Promise<(TokenizedSample | Error)[]> {
  const { tokenizer } = model;
  const encodings = (await tokenizer.encode(samples, truncation, close)).values();
  const tokenized = samples.map((sample) => {
    const encoding = next(encodings);
    return encoding instanceof Error ? encoding : { sample, encoding };
  });
  return isOfText(unit, model) ? await withTexts(tokenized, tokenizer) : tokenized;
}

/**
 * The task of every sample. Plans hold the texts they name, so there must be room for each in turn, and one that
 * has none is broken off.
 */
export function planned(
  tokenized: readonly (TokenizedSample | Error)[],
  batcher: Batcher,
  options: TaskOptions,
): (Task | AbacusError)[] {
  let tokens = 0;
  return tokenized.map((each, at) => {
    const task = attempt(at, () => {
      const mostPlanned = batcher.mostPlanned(tokens);
      const made = taskOf(orThrow(each), { ...options, mostPlanned });
      batcher.requirePlan(made.plannedTokens);
      return made;
    });
    if (isTask(task)) batcher.requireRoom(tokens += task.plannedTokens);
    return task;
  });
}

type TokenizeOptions =
  & TaskOptions
  & Pick<ScoreRequest, "truncation" | "close">;

/** Samples of ids have no text of their own: theirs is decoded. */
async function withTexts(
  tokenized: readonly (TokenizedSample | Error)[],
  tokenizer: SampleTokenizer,
): Promise<(TokenizedSample | Error)[]> {
  const isIds = (each: TokenizedSample | Error): each is TokenizedSample =>
    !(each instanceof Error) && each.sample.kind === "ids";
  const lists = tokenized.filter(isIds).map(({ encoding: { ids, completion } }) =>
    ids.subarray(...completion)
  );
  const decoded = (await decodedTexts(lists, (some) => tokenizer.decode(some))).values();
  return tokenized.map((each) => {
    if (each instanceof Error) return each;
    const { sample, encoding: { offsets } } = each;
    const text = sample.kind === "ids" ? next(decoded) : { text: sample.completion, offsets };
    return { ...each, text };
  });
}

type ComputeOptions =
  & Pick<SubmitOptions, "signal" | "deadlineMs">
  & { readonly onStage?: ((stage: "queue" | "inference") => void) | undefined };

/** Every task with its results, in their order; one that failed before stays the error it is. */
export async function compute(
  tasks: readonly (Task | AbacusError)[],
  batcher: Batcher,
  { onStage, ...options }: ComputeOptions,
): Promise<(AnsweredTask | AbacusError)[]> {
  const jobs = tasks.filter(isTask).flatMap((task) => task.jobs);
  onStage?.("queue");
  const onBegin = () => onStage?.("inference");
  const results = (await batcher.submit(jobs, { ...options, onBegin })).values();
  return tasks.map((task) =>
    isTask(task) ? { ...task, results: task.jobs.map(() => next(results)) } : task
  );
}

/** Whether a sample has come as far as this stage. */
export function isTask<Stage extends Task>(task: Stage | AbacusError): task is Stage {
  return !(task instanceof AbacusError);
}

/** Whether a sample has an answer to everything that it asked. */
export function isAnswered(task: AnsweredTask | AbacusError): boolean {
  return isTask(task) && !task.results.some((result) => result instanceof AbacusError);
}

/** What `work` returns for the sample at this index, or the error of ours that it throws. */
export function attempt<Result>(sample: number, work: () => Result): Result | AbacusError {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    return aboutOneSample.has(error.kind) ? new SampleError(error, sample) : error;
  }
}

/** A value that is no error. @throws {Error} the error that it is */
export function orThrow<Value>(value: Value): Exclude<Value, Error> {
  if (value instanceof Error) throw value;
  return value as Exclude<Value, Error>; // What the line above leaves.
}

/** Kinds that concern one sample; a deadline, for one, concerns the request as a whole. */
const aboutOneSample: ReadonlySet<string> = new Set([
  "invalid_request",
  "too_long",
  "model_failure",
]);

/** The next of answers that are in the order of what was asked. */
function next<Value>(values: Iterator<Value>): Value {
  const { value, done } = values.next();
  if (done) throw new TypeError("Cannot score as there are fewer answers than samples");
  return value;
}
