/**
 * Row scorer: what scores a chunk of rows, over loaded models, with queues that hold nothing else.
 *
 * @module
 */

import { Batcher, type BatcherLimits } from "../../batch/batcher.ts";
import type { LoadedModel } from "../../model/model.ts";
import { createMixture } from "../../scorer/mixture.ts";
import { createScorer, type Scorer } from "../../scorer/scorer.ts";
import type { Settings } from "../../settings.ts";
import type { MixtureChoice } from "../mixtures.ts";

/** A model, and what bounds the queue before it. */
export interface QueuedModel {
  readonly model: LoadedModel;
  readonly limits: Partial<BatcherLimits>;
}

/** A file is as long as it is, but a completion may not plan more than one over HTTP. */
export function rowLimits(
  { maxBatchTokens, maxCreditTokens }: Pick<Settings, "maxBatchTokens" | "maxCreditTokens">,
): Partial<BatcherLimits> {
  return {
    maxTokens: maxBatchTokens,
    maxQueued: Infinity,
    maxQueuedTokens: Infinity,
    maxPlannedTokens: Infinity,
    maxPlannedEach: maxCreditTokens,
  };
}

/** A scorer of one model or of a mixture, with queues of its own. */
export function rowScorer(models: readonly QueuedModel[], mixture?: MixtureChoice): Scorer {
  const queued = models.map(({ model, limits }) => ({
    model,
    batcher: new Batcher(model.engine, { limits }),
  }));
  const [first] = queued as [typeof queued[number]];
  if (mixture === undefined) return createScorer(first.model, first.batcher);
  const members = mixture.members.map(({ name, weight }) => ({
    ...queued.find(({ model }) => model.name === name)!, // the choice has checked the names
    weight,
  }));
  return createMixture(mixture.name, members);
}
