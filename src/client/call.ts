/**
 * One call of `score` or `scoreEach`, from items to outcomes.
 *
 * @module
 */

import { RewardClientError } from "./error.ts";
import { asClientError, askWithRetries, type CallContext, readAnswer } from "./exchange.ts";
import { placeError, type Recovery } from "./recovery.ts";
import { readReply } from "./reply.ts";
import { Tally } from "./tally.ts";
import {
  type Batch,
  batchesOf,
  type RequestHead,
  type RewardItemInput,
  writeRequest,
} from "./requests.ts";

/** The parameters of a call. */
export interface Call {
  readonly items: readonly RewardItemInput[];
  /** The fields of every request besides its items. */
  readonly head: RequestHead;
  readonly context: CallContext;
  /** What to do about a refused batch; undefined fails the call. */
  readonly recover: (error: RewardClientError, batch: Batch) => Recovery | undefined;
}

/**
 * Scores every item that the recovery does not refuse.
 *
 * @throws {RewardClientError} the first failure without a recovery; its path is in the items of the call
 */
export async function runCall(call: Call): Promise<Tally> {
  const { items, head, context: { settings, scope } } = call;
  if (items.length === 0) {
    const message = "Cannot score as there must be an item: received an empty list";
    throw new RewardClientError("invalid_request", message, { path: "items" });
  }
  const tally = new Tally(items.length);
  const headBytes = new TextEncoder().encode(writeRequest([], head)).length;
  const { concurrency } = settings;
  await forEachConcurrently(
    batchesOf(items, settings, headBytes),
    (batch) => scoreBatch(batch, call, tally),
    { concurrency, stop: () => scope.close() },
  );
  return tally;
}

/** Sends a batch and what remains of it until every item has its outcome. */
async function scoreBatch(batch: Batch, call: Call, tally: Tally): Promise<void> {
  const { head, context, recover } = call;
  const waiting: Batch[] = [batch];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    try {
      await scoreOnce(next, { head, context, tally });
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
  { head, context, tally }: Pick<Call, "head" | "context"> & { tally: Tally },
): Promise<void> {
  const body = writeRequest(batch, head);
  const answer = await askWithRetries({ method: "POST", path: "v1/rewards", body }, context);
  readAnswer(answer, (value) => tally.add(batch, readReply(value, batch, head), answer.attempts));
}

/**
 * Does `work` for every job, at most `concurrency` at a time. A job is taken when its work can begin,
 * and none after a failure.
 *
 * @param stop called at each failure, to end the work in progress
 * @throws the first failure, once no work is in progress
 */
export async function forEachConcurrently<Job>(
  jobs: Iterable<Job>,
  work: (job: Job) => Promise<void>,
  { concurrency, stop }: { concurrency: number; stop: () => void },
): Promise<void> {
  const failures: unknown[] = [];
  const queue = jobs[Symbol.iterator]();
  async function worker(): Promise<void> {
    try {
      for (;;) {
        if (failures.length > 0) return;
        const { done, value } = queue.next();
        if (done) return;
        await work(value);
      }
    } catch (failure) {
      failures.push(failure);
      stop();
    }
  }
  await Promise.all(Array.from({ length: concurrency }, worker));
  if (failures.length > 0) throw failures[0];
}
