/**
 * Minibatch feeds: the training data of an update, or of a part of one, as inputs of its graph. Pure.
 *
 * @module
 */

import type { Feeds } from "../../engine/runtime.ts";
import type { Rows } from "../math/rows.ts";
import type { BatchShape } from "./actor_critic.ts";
import { rowFeed, type Sequence, sequenceFeeds } from "./batch_feeds.ts";
import type { LossSettings } from "./loss.ts";
import { weightRows } from "./loss_mean.ts";

/** Training data of one update, a row per completion. */
export interface Minibatch {
  readonly sequences: readonly Sequence[];
  /** Under the policy that sampled. */
  readonly logProbs: Rows;
  readonly advantages: Rows;
  /** Of the critic at that time; absent without one, as `returns` are. */
  readonly values?: Rows | undefined;
  readonly returns?: Rows | undefined;
  /** Under the reference; absent where KL is no term of the loss. */
  readonly referenceLogProbs?: Rows | undefined;
}

/** What feeds are made by. */
export interface FeedOptions {
  readonly shape: BatchShape;
  readonly loss: LossSettings;
  /** The sequences of a part, `[start, end)`. @default all */
  readonly part?: readonly [number, number] | undefined;
}

/** The weights of a part are those that its tokens have in the whole. A graph ignores what it does not read. */
export function minibatchFeeds(
  minibatch: Minibatch,
  { shape, loss: { mean = "token", longest = 1 }, part = [0, Infinity] }: FeedOptions,
): Feeds {
  const { sequences } = minibatch;
  const feed = (rows: Rows = []) => rowFeed(rows.slice(...part));
  return {
    ...sequenceFeeds(sequences.slice(...part), shape),
    log_probs: feed(minibatch.logProbs),
    advantages: feed(minibatch.advantages),
    values: feed(minibatch.values),
    returns: feed(minibatch.returns),
    reference_log_probs: feed(minibatch.referenceLogProbs),
    weight: feed(weightRows(sequences, { mean, longest })),
    share: feed(weightRows(sequences, { mean: "token", longest })),
  };
}
