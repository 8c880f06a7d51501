/**
 * Scores the chunks of a run. Each chunk has a queue of its own, so that its batches do not depend on
 * other chunks, and every run writes the same bytes.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { Scorer } from "../../scorer/scorer.ts";
import { itemReplies, samplesOf } from "../../wire/items.ts";
import type { RewardItem, RewardRequest } from "../../wire/request.ts";
import type { ChunkReply } from "./run.ts";

/**
 * A function that scores chunks.
 *
 * @param scorer makes one with queues of its own
 * @param request the request without its items
 */
export function chunkScorer(
  scorer: () => Scorer,
  request: Omit<RewardRequest, "items">,
): (items: RewardItem[], signal: AbortSignal) => Promise<ChunkReply> {
  const { credit, truncate: truncation, encoding } = request;
  const score = async (items: RewardItem[], signal?: AbortSignal): Promise<ChunkReply> => {
    const { completions, cost } = await scorer().scoreEach({
      samples: samplesOf(items),
      credit,
      truncation,
    }, { signal });
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
