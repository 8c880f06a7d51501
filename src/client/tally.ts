/**
 * The outcomes of a call, gathered from requests that are answered in any order.
 *
 * @module
 */

import type { RewardReply } from "../wire/reply.ts";
import { RewardClientError } from "./error.ts";
import type { BatchRewards, ItemRewards } from "./reply.ts";
import type { Batch, WrittenItem } from "./requests.ts";

/** One request that was answered, for logs. */
export interface RequestRecord {
  /** The id in the server's log. */
  readonly id: string;
  /** How many times it was sent. */
  readonly attempts: number;
  readonly items: number;
  readonly usage: RewardReply["usage"];
  readonly timing_ms: RewardReply["timing_ms"];
}

/** What a call returns besides its items. */
export interface CallFacts {
  /** The model that answered, the same for all items. */
  readonly model: string;
  /** The credit method, the same for all items. */
  readonly credit: RewardReply["credit"];
  /** Of all requests together. */
  readonly usage: RewardReply["usage"];
  /** The requests that were answered, in the order of their answers. */
  readonly requests: readonly RequestRecord[];
}

/** The outcome of every item of a call. */
export class Tally {
  readonly outcomes: (ItemRewards | RewardClientError | undefined)[];
  readonly #requests: RequestRecord[] = [];
  #first: Pick<BatchRewards, "model" | "credit"> | undefined;

  constructor(items: number) {
    this.outcomes = new Array(items).fill(undefined);
  }

  /**
   * Adds a reply.
   *
   * @throws {RewardClientError} `protocol` where another model answered than before (servers behind
   * one address that differ, or one that was exchanged): such scores cannot be compared
   */
  add(batch: Batch, reply: BatchRewards, attempts: number): void {
    const { id, usage, timing_ms } = reply;
    this.#requireSame(reply);
    this.#requests.push({ id, attempts, items: batch.length, usage, timing_ms });
    for (const [i, { index }] of batch.entries()) this.outcomes[index] = reply.items[i];
  }

  /** Sets the error of items. */
  refuse(items: readonly WrittenItem[], error: RewardClientError): void {
    for (const { index } of items) this.outcomes[index] = error;
  }

  /** Undefined where no request was answered. */
  get facts(): CallFacts | undefined {
    if (this.#first === undefined) return undefined;
    const [usage, cached] = [{ tokens: 0, computed_tokens: 0 }, { cached_tokens: 0 }];
    for (const request of this.#requests) {
      usage.tokens += request.usage.tokens;
      usage.computed_tokens += request.usage.computed_tokens;
      cached.cached_tokens += request.usage.cached_tokens ?? 0;
    }
    return {
      ...this.#first,
      usage: cached.cached_tokens > 0 ? { ...usage, ...cached } : usage,
      requests: this.#requests,
    };
  }

  #requireSame({ model, credit }: BatchRewards): void {
    const first = this.#first ??= { model, credit };
    const [expected, received] = [creditText(first.credit), creditText(credit)];
    if (model === first.model && expected === received) return;
    throw new RewardClientError(
      "protocol",
      `Cannot merge answers as all must be of ${first.model}, ${expected}: ` +
        `received ${model}, ${received}`,
    );
  }
}

/** As in `red with beta 0.8, "sentence" paid last`. */
function creditText({ method, beta, unit, pay }: RewardReply["credit"]): string {
  const units = unit === undefined ? "" : `, ${JSON.stringify(unit)} paid ${pay}`;
  return `${method} with beta ${beta}${units}`;
}
