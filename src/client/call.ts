/**
 * One call of `score` or `scoreEach`, from items to outcomes.
 *
 * @module
 */

import { batchesOf } from "./batches.ts";
import { RewardClientError } from "./error.ts";
import { asClientError, askPatiently, type Line, readAnswer } from "./exchange.ts";
import { placeError } from "./place.ts";
import { workThrough } from "./pool.ts";
import type { Recovery } from "./recovery.ts";
import { readReply } from "./reply.ts";
import { Tally } from "./tally.ts";
import {
  type Batch,
  type RequestHead,
  type RewardItemInput,
  writeRequest,
} from "./written_item.ts";

/** What a call is made of. */
export interface Call {
  readonly items: readonly RewardItemInput[];
  /** What every request says beside its items. */
  readonly head: RequestHead;
  readonly line: Line;
  /** What to do about a batch that was refused; undefined fails the call. */
  readonly recover: (error: RewardClientError, batch: Batch) => Recovery | undefined;
}

/**
 * Scores everything that the recovery does not give up.
 *
 * @throws {RewardClientError} the first failure without a way on, its path in the items of the call
 */
export async function runCall(call: Call): Promise<Tally> {
  const { items, head, line: { settings, lifeline } } = call;
  if (items.length === 0) {
    const message = "Cannot score as there must be an item: received an empty list";
    throw new RewardClientError("invalid_request", message, { path: "items" });
  }
  const tally = new Tally(items.length);
  const headBytes = new TextEncoder().encode(writeRequest([], head)).length;
  const { concurrency } = settings;
  await workThrough(
    batchesOf(items, settings, headBytes),
    (batch) => scoreBatch(batch, call, tally),
    { concurrency, stop: () => lifeline.close() },
  );
  return tally;
}

/** Scores a batch, whatever remains of it, until every item of it has its outcome. */
async function scoreBatch(batch: Batch, call: Call, tally: Tally): Promise<void> {
  const { head, line, recover } = call;
  const waiting: Batch[] = [batch];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      await scoreOnce(next, { head, line, tally });
    } catch (thrown) {
      const error = asClientError(thrown);
      const recovery = recover(error, next);
      const placed = placeError(error, next);
      if (recovery === undefined) throw placed;
      tally.refuse(recovery.refused, placed);
      waiting.unshift(...recovery.again);
    }
  }
}

async function scoreOnce(
  batch: Batch,
  { head, line, tally }: Pick<Call, "head" | "line"> & { tally: Tally },
): Promise<void> {
  const body = writeRequest(batch, head);
  const answer = await askPatiently({ method: "POST", path: "v1/rewards", body }, line);
  readAnswer(answer, (value) => tally.add(batch, readReply(value, batch, head), answer.attempts));
}
