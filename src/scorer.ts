/**
 * The way of a request from samples to a reply, in reading order: check, admit, encode, compute,
 * credit, reply. HTTP and the command line both come through here.
 *
 * @module
 */

import type { Batcher, SubmitOptions } from "./batch/batcher.ts";
import type { Job, Outcome } from "./batch/entry.ts";
import { assignCredit } from "./credit/assign.ts";
import type { CreditMethod, Units } from "./credit/method.ts";
import { creditMethod } from "./credit/registry.ts";
import { AbacusError } from "./errors.ts";
import type { LoadedModel } from "./model/model.ts";
import { creditInputsOf, jobFor } from "./scorer_inputs.ts";
import { completionReply, costOf, type EachReply, itemReplies } from "./scorer_reply.ts";
import { type PlacedSample, placeError, samplesOf } from "./scorer_samples.ts";
import { callerUnits, ownUnits } from "./text/alignment.ts";
import type { Encoding } from "./text/encoding.ts";
import type { Sample } from "./text/sample.ts";
import type { RewardReply } from "./wire/reply.ts";
import type { RewardRequest } from "./wire/request.ts";

export type { EachReply } from "./scorer_reply.ts";

/** What belongs to one call and not to its request. */
export interface ScoreOptions {
  /** Becomes the reply's `id`. */
  readonly requestId: string;
  /** Once aborted, whatever has not been computed is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now after which the call fails as `deadline_exceeded`. */
  readonly deadlineMs?: number | undefined;
}

/** Scores requests with one model. */
export interface Scorer {
  /**
   * Scores all of a request, or nothing.
   *
   * @throws {AbacusError} the first error, with its path in the request where it concerns one place
   */
  score(request: RewardRequest, options: ScoreOptions): Promise<RewardReply>;
  /**
   * Scores whatever can be scored: an item that fails leaves its error in its place.
   *
   * @throws {AbacusError} what concerns the request as a whole: its method, its model, its admission
   */
  scoreEach(request: RewardRequest, options: ScoreOptions): Promise<EachReply>;
}

/**
 * Makes a scorer of a model and the queue before its engine; owns neither.
 *
 * @example Scoring with a model that stands in for a real one
 * ```ts
 * import { Batcher } from "./batch/batcher.ts";
 * import { createScorer } from "./scorer.ts";
 * import { rewardRequestSchema } from "./wire/request.ts";
 * import { fakeModel } from "../tests/support/fake_model.ts";
 * import assert from "node:assert/strict";
 *
 * const model = fakeModel();
 * const scorer = createScorer(model, new Batcher(model.engine));
 * const request = rewardRequestSchema().parse({
 *   items: [{ prompt: "The movie was", completions: [" fine", " dull"] }],
 * });
 * const { items: [item] } = await scorer.score(request, { requestId: "example" });
 * assert.deepEqual(item?.completions.map(({ rewards }) => rewards.length), [1, 1]);
 * ```
 */
export function createScorer(model: LoadedModel, batcher: Batcher): Scorer {
  const tools: Tools = { model, batcher };
  return {
    async score(request, options) {
      const reply = await scoreRequest(tools, request, { ...options, allOrNothing: true });
      return { ...reply, items: reply.items.map(orThrow) };
    },
    scoreEach: (request, options) =>
      scoreRequest(tools, request, { ...options, allOrNothing: false }),
  };
}

interface Tools {
  readonly model: LoadedModel;
  readonly batcher: Batcher;
}

async function scoreRequest(
  { model, batcher }: Tools,
  request: RewardRequest,
  options: ScoreOptions & { readonly allOrNothing: boolean },
): Promise<EachReply> {
  const method = requireMethod(request.credit.method, model);
  requireModel(request.model, model);
  const samples = samplesOf(request);
  using _places = batcher.admit(samples.length);

  const startMs = batcher.clock.nowMs();
  const encodings = await model.tokenizer.encode(samples.map(bare), request.truncate);
  const tasks = samples.map((placed, i) =>
    attempt(placed, () => taskOf(encodings[i]!, { placed, method, model }))
  );
  if (options.allOrNothing) tasks.forEach(orThrow);
  const tokenizeMs = batcher.clock.nowMs() - startMs;

  const { signal, deadlineMs = Infinity } = options;
  const outcomes = await compute(tasks, batcher, { signal, deadlineMs: startMs + deadlineMs });

  const completions = samples.map((placed, i) => {
    const task = tasks[i]!;
    if (task instanceof AbacusError) return task;
    return attempt(placed, () => {
      const { encoding, units } = task;
      const { output } = orThrow(outcomes[i]!);
      const inputs = creditInputsOf(output, { encoding, units, needs: method.needs, model });
      const credit = assignCredit(method, inputs, request.credit);
      return completionReply(credit, { inputs, encoding, placed, floats: request.encoding });
    });
  });
  return {
    id: options.requestId,
    model: model.name,
    credit: request.credit,
    items: itemReplies(samples, completions),
    ...costOf(outcomes, { tokens: tasks.map(tokensOf), tokenizeMs }),
  };
}

function requireMethod(name: string, model: LoadedModel): CreditMethod {
  const method = creditMethod(name);
  if (model.causal || !method.causalOnly) return method;
  throw new AbacusError(
    "invalid_request",
    `Cannot assign credit as '${name}' needs a causal model: received the family ${model.family}`,
    { path: "credit.method" },
  );
}

function requireModel(name: string | undefined, model: LoadedModel): void {
  if (name === undefined || name === model.name) return;
  throw new AbacusError(
    "unknown_model",
    `Cannot score as the loaded model is '${model.name}': received '${name}'`,
    { path: "model" },
  );
}

/** One completion, encoded: all that computing and crediting it takes. */
interface Task {
  readonly encoding: Encoding;
  readonly units: Units;
  readonly job: Job;
}

function taskOf(
  encoded: Encoding | Error,
  { placed, method, model }: { placed: PlacedSample; method: CreditMethod; model: LoadedModel },
): Task {
  const encoding = orThrow(encoded);
  if (method.needs.attribution) expectDifferentiable(encoding, model);
  const { spans } = placed;
  const units = spans === undefined ? ownUnits(encoding) : callerUnits(encoding, spans);
  return { encoding, units, job: jobFor(encoding, { needs: method.needs, causal: model.causal }) };
}

/** @throws {AbacusError} `too_long` where the way back through the model would take too much memory */
function expectDifferentiable(
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

/** The outcome of every task, in their order; a task that failed already is its own. */
async function compute(
  tasks: readonly (Task | AbacusError)[],
  batcher: Batcher,
  options: SubmitOptions,
): Promise<Outcome[]> {
  const jobs = tasks.flatMap((task) => task instanceof AbacusError ? [] : [task.job]);
  const answers = (await batcher.submit(jobs, options)).values();
  return tasks.map((task) => {
    if (task instanceof AbacusError) return task;
    const { value } = answers.next();
    if (value === undefined) throw new TypeError("Cannot score as the batcher lost a job");
    return value;
  });
}

/** What `work` returns, or the error of ours that it throws, told with its place in the request. */
function attempt<Result>(placed: PlacedSample, work: () => Result): Result | AbacusError {
  try {
    return work();
  } catch (error) {
    if (error instanceof AbacusError) return placeError(error, placed);
    throw error;
  }
}

function orThrow<Value>(value: Value): Exclude<Value, Error> {
  if (value instanceof Error) throw value;
  return value as Exclude<Value, Error>; // What the line above leaves.
}

function tokensOf(task: Task | AbacusError): number {
  return task instanceof AbacusError ? 0 : task.encoding.ids.length;
}

function bare({ sample }: PlacedSample): Sample {
  return sample;
}
