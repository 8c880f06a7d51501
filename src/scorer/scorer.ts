/**
 * The scorer: from samples to scores with a reward per token, in reading order: check, admit,
 * tokenise, compute, credit. HTTP and the command line both come through here; the scorer knows
 * neither, nor any wire format.
 *
 * @module
 */

import type { Batcher } from "../batch/batcher.ts";
import { cancellation } from "../batch/endings.ts";
import { defaultMethod, termsOf } from "../credit/choice.ts";
import type { AbacusError } from "../errors.ts";
import type { LoadedModel } from "../model/model.ts";
import { factsOf, type ModelFacts } from "./facts.ts";
import { scoredCredit } from "./scored_credit.ts";
import type { Scored, ScoredCompletion, ScoreRequest } from "./scored.ts";
import {
  attempt,
  compute,
  isAnswered,
  isTask,
  orThrow,
  planned,
  requireMethod,
  tokenize,
} from "./stages.ts";
import { costOf, scoredOf, type TaskOptions } from "./task.ts";

/** How a call may end early. */
export interface ScoreOptions {
  /** Once aborted, jobs that have not been computed are dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from now after which the call fails as `deadline_exceeded`. */
  readonly deadlineMs?: number | undefined;
  /** Told of each stage as it begins; members of a mixture go through them side by side. */
  readonly onStage?: ((stage: ScoreStage) => void) | undefined;
}

/** What a call goes through, in this order. */
export type ScoreStage = "tokenize" | "queue" | "inference" | "credit";

/** Scores samples with one model, or with a mixture of some. */
export interface Scorer {
  /** What may be told of what scores. */
  readonly facts: ModelFacts;
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
  return scorerOf(
    factsOf(model),
    (request, options) => scoreSamples({ model, batcher }, request, options),
  );
}

/** How samples are scored, and whether one that fails ends the call. */
export interface RunOptions extends ScoreOptions {
  readonly allOrNothing: boolean;
}

/** A scorer of what scores each sample or leaves its error in its place; with `allOrNothing` there is none. */
export function scorerOf(
  facts: ModelFacts,
  run: (
    request: ScoreRequest,
    options: RunOptions,
  ) => Promise<Scored<ScoredCompletion | AbacusError>>,
): Scorer {
  return {
    facts,
    async score(request, options = {}) {
      const { completions, ...said } = await run(request, { ...options, allOrNothing: true });
      return { completions: completions.map(orThrow), ...said };
    },
    scoreEach: (request, options = {}) => run(request, { ...options, allOrNothing: false }),
  };
}

async function scoreSamples(
  { model, batcher }: { model: LoadedModel; batcher: Batcher },
  { samples, credit, truncation, close }: ScoreRequest,
  { signal, deadlineMs = Infinity, onStage, allOrNothing }: RunOptions,
): Promise<Scored<ScoredCompletion | AbacusError>> {
  const method = requireMethod(credit.method ?? defaultMethod(model), model, credit);
  const terms = termsOf(method, credit);
  const options: TaskOptions = { model, terms };
  const startMs = batcher.clock.nowMs();
  const endMs = startMs + deadlineMs;
  using _places = batcher.admit(samples.length, { deadlineMs: endMs });

  onStage?.("tokenize");
  const tokenized = await tokenize(samples, { model, terms, truncation, close });
  if (allOrNothing && signal?.aborted) throw cancellation(signal);
  const tasks = planned(tokenized, batcher, options);
  if (allOrNothing) tasks.forEach(orThrow);
  const tokenizeMs = batcher.clock.nowMs() - startMs;

  const answered = await compute(tasks, batcher, { signal, deadlineMs: endMs, onStage });
  if (answered.every(isAnswered)) onStage?.("credit");
  const creditFromMs = batcher.clock.nowMs();
  const completions = answered.map((task, at) => {
    const scored = isTask(task) ? attempt(at, () => scoredOf(task, options)) : task;
    return allOrNothing ? orThrow(scored) : scored; // at once: nobody reads the others
  });
  return {
    completions,
    credit: scoredCredit(terms),
    cost: {
      ...costOf(answered.filter(isTask), tokenizeMs),
      creditMs: batcher.clock.nowMs() - creditFromMs,
    },
  };
}
