/**
 * The scorer: from samples to scores with a reward per token, in reading order: check, admit,
 * tokenise, compute, credit. HTTP and the command line both come through here; the scorer knows
 * neither, nor any wire format.
 *
 * @module
 */

import type { Batcher, SubmitOptions } from "../batch/batcher.ts";
import { cancellation } from "../batch/endings.ts";
import { unavailable } from "../credit/availability.ts";
import type { CreditMethod } from "../credit/method.ts";
import { defaultMethod } from "../credit/choice.ts";
import { creditMethod, type CreditMethodName } from "../credit/registry.ts";
import { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { decodedTexts } from "../text/pieces.ts";
import type { SampleTokenizer } from "../text/sample_tokenizer.ts";
import {
  SampleError,
  type Scored,
  type ScoredCompletion,
  type ScoreRequest,
  type ScoreSample,
} from "./scored.ts";
import {
  type AnsweredTask,
  costOf,
  plannedTokens,
  scoredOf,
  type Task,
  taskOf,
  type TaskOptions,
  type TokenizedSample,
} from "./task.ts";

/** How a call may end early. */
export interface ScoreOptions {
  /** Once aborted, jobs that have not been computed are dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now after which the call fails as `deadline_exceeded`. */
  readonly deadlineMs?: number | undefined;
}

/** Scores samples with one model. */
export interface Scorer {
  /**
   * Scores all samples, or none: nothing is computed where one of them cannot be tokenised.
   *
   * @throws {SampleError} the first error that concerns one sample
   * @throws {AbacusError} what concerns the request as a whole: its method, its admission, its end
   */
  score(request: ScoreRequest, options?: ScoreOptions): Promise<Scored>;
  /**
   * Scores every sample that can be scored; one that fails leaves its error in its place, which is a
   * {@linkcode SampleError} where it concerns this sample alone.
   *
   * @throws {AbacusError} what concerns the request as a whole: its method, its admission
   */
  scoreEach(
    request: ScoreRequest,
    options?: ScoreOptions,
  ): Promise<Scored<ScoredCompletion | AbacusError>>;
}

/**
 * Makes a scorer of a model and the queue before its engine; owns neither.
 *
 * @example Scoring with a model that stands in for a real one
 * ```ts
 * import { Batcher } from "../batch/batcher.ts";
 * import { createScorer } from "./scorer.ts";
 * import { fakeModel } from "../../tests/support/fake_model.ts";
 * import assert from "node:assert/strict";
 *
 * const model = fakeModel();
 * const scorer = createScorer(model, new Batcher(model.engine));
 * const { completions } = await scorer.score({
 *   samples: [{ kind: "plain", prompt: "The movie was", completion: " fine" }],
 *   credit: { method: "abc", beta: 0.8 },
 *   truncation: "none",
 * });
 * assert.deepEqual(completions.map(({ rewards }) => rewards.length), [1]);
 * ```
 */
export function createScorer(model: LoadedModel, batcher: Batcher): Scorer {
  const run = async (request: ScoreRequest, options: RunOptions) =>
    await scoreSamples({ model, batcher }, request, options);
  return {
    async score(request, options = {}) {
      const { completions, ...said } = await run(request, { ...options, allOrNothing: true });
      return { completions: completions.map(orThrow), ...said };
    },
    scoreEach: (request, options = {}) => run(request, { ...options, allOrNothing: false }),
  };
}

interface RunOptions extends ScoreOptions {
  readonly allOrNothing: boolean;
}

async function scoreSamples(
  { model, batcher }: { model: LoadedModel; batcher: Batcher },
  { samples, credit, truncation, close }: ScoreRequest,
  { signal, deadlineMs = Infinity, allOrNothing }: RunOptions,
): Promise<Scored<ScoredCompletion | AbacusError>> {
  const method = requireMethod(credit.method ?? defaultMethod(model), model);
  const options: TaskOptions = { model, method, beta: credit.beta };
  const startMs = batcher.clock.nowMs();
  const endMs = startMs + deadlineMs;
  using _places = batcher.admit(samples.length, { deadlineMs: endMs });

  const tokenized = await tokenize(samples, { model, method, truncation, close });
  if (allOrNothing && signal?.aborted) throw cancellation(signal);
  const tasks = planned(tokenized, batcher, options);
  if (allOrNothing) tasks.forEach(orThrow);
  const tokenizeMs = batcher.clock.nowMs() - startMs;

  const answered = await compute(tasks, batcher, { signal, deadlineMs: endMs });
  const creditFromMs = batcher.clock.nowMs();
  const completions = answered.map((task, at) => {
    const scored = isTask(task) ? attempt(at, () => scoredOf(task, options)) : task;
    return allOrNothing ? orThrow(scored) : scored; // at once: nobody reads the others
  });
  return {
    completions,
    credit: { method: method.name as CreditMethodName, beta: credit.beta },
    cost: {
      ...costOf(answered.filter(isTask), tokenizeMs),
      creditMs: batcher.clock.nowMs() - creditFromMs,
    },
  };
}

function requireMethod(name: string, model: LoadedModel): CreditMethod {
  const method = creditMethod(name);
  const reason = unavailable(method, model);
  if (reason === undefined) return method;
  throw new AbacusError("invalid_request", `Cannot assign credit as '${name}' ${reason}`, {
    path: "credit.method",
  });
}

/** Every sample as tokens, in their order, with its text where the method reads text. */
async function tokenize(
  samples: readonly ScoreSample[],
  { model: { tokenizer }, method, truncation, close }: TokenizeOptions,
): Promise<(TokenizedSample | Error)[]> {
  const encodings = (await tokenizer.encode(samples, truncation, close)).values();
  const tokenized = samples.map((sample) => {
    const encoding = next(encodings);
    return encoding instanceof Error ? encoding : { sample, encoding };
  });
  return method.readsText ? await withTexts(tokenized, tokenizer) : tokenized;
}

/** The task of every sample. Plans hold the texts they name, so there must be room for each in turn. */
function planned(
  tokenized: readonly (TokenizedSample | Error)[],
  batcher: Batcher,
  options: TaskOptions,
): (Task | AbacusError)[] {
  let tokens = 0;
  return tokenized.map((each, at) => {
    const task = attempt(at, () => taskOf(orThrow(each), options));
    if (isTask(task)) batcher.requireRoom(tokens += plannedTokens(task));
    return task;
  });
}

type TokenizeOptions =
  & Pick<TaskOptions, "model" | "method">
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

/** Every task with its results, in their order; one that failed before stays the error it is. */
async function compute(
  tasks: readonly (Task | AbacusError)[],
  batcher: Batcher,
  options: SubmitOptions,
): Promise<(AnsweredTask | AbacusError)[]> {
  const jobs = tasks.filter(isTask).flatMap((task) => task.jobs);
  const results = (await batcher.submit(jobs, options)).values();
  return tasks.map((task) =>
    isTask(task) ? { ...task, results: task.jobs.map(() => next(results)) } : task
  );
}

function isTask<Stage extends Task>(task: Stage | AbacusError): task is Stage {
  return !(task instanceof AbacusError);
}

/** What `work` returns for the sample at this index, or the error of ours that it throws. */
function attempt<Result>(sample: number, work: () => Result): Result | AbacusError {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AbacusError)) throw error;
    return aboutOneSample.has(error.kind) ? new SampleError(error, sample) : error;
  }
}

function orThrow<Value>(value: Value): Exclude<Value, Error> {
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
