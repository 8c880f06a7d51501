/**
 * Scores the chunks of a run. Each chunk has a queue of its own, so that its batches do not depend on
 * other chunks, and every run writes the same bytes.
 *
 * @module
 */

import { Batcher, type BatcherLimits } from "../../batch/batcher.ts";
import { AbacusError } from "../../errors.ts";
import type { LoadedModel } from "../../model/model.ts";
import { createScorer } from "../../scorer/scorer.ts";
import { itemReplies, samplesOf } from "../../wire/items.ts";
import type { RewardItem, RewardRequest } from "../../wire/request.ts";
import type { ChunkReply } from "./run.ts";

/** How chunks are scored. */
export interface ChunkOptions {
  /** The request without its items. */
  readonly request: Omit<RewardRequest, "items">;
  /** Tokens of one batch. */
  readonly maxTokens: number;
}

/** A function that scores chunks with one model. */
export function chunkScorer(
  model: LoadedModel,
  { request, maxTokens }: ChunkOptions,
): (items: RewardItem[], signal: AbortSignal) => Promise<ChunkReply> {
  const limits: Partial<BatcherLimits> = {
    maxTokens,
    maxQueued: Infinity,
    maxQueuedTokens: Infinity,
  };
  const { credit, truncate: truncation, encoding } = request;
  const score = async (items: RewardItem[], signal?: AbortSignal): Promise<ChunkReply> => {
    const { completions, cost } = await createScorer(model, new Batcher(model.engine, { limits }))
      .scoreEach({ samples: samplesOf(items), credit, truncation }, { signal });
    return { items: itemReplies(items, completions, encoding), tokens: cost.tokens };
  };
  return async (items, signal) => {
    const reply = await score(items, signal);
    const failed = reply.items.find(isModelFailure);
    if (failed !== undefined && reply.items.every((item) => item instanceof AbacusError)) {
      await requireEngine(failed, () => score([{ prompt: "", completions: ["a"] }]));
    }
    return reply;
  };
}

/**
 * Where every row of a chunk failed, the engine may have died. Then the run ends, rather than write the
 * same error into every remaining row.
 */
async function requireEngine(
  failure: AbacusError,
  probe: () => Promise<ChunkReply>,
): Promise<void> {
  const { items: [answer] } = await probe();
  if (isModelFailure(answer)) throw failure;
}

function isModelFailure(reply: unknown): reply is AbacusError {
  return reply instanceof AbacusError && reply.kind === "model_failure";
}
