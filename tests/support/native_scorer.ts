/**
 * A scorer that is asked and answers in the native wire format, as `POST /v1/rewards` is, without HTTP.
 *
 * @module
 */

import { AbacusError } from "../../src/errors.ts";
import type { Scored, ScoredCompletion } from "../../src/scorer/scored.ts";
import type { ScoreOptions, Scorer } from "../../src/scorer/scorer.ts";
import { costReply, itemReplies, placedError, samplesOf } from "../../src/wire/items.ts";
import type { CompletionReply, ItemReply, RewardReply } from "../../src/wire/reply.ts";
import { type RewardRequestInput, rewardRequestSchema } from "../../src/wire/request.ts";

/** A reply without what only a server knows. */
export type Reply<Item = ItemReply> = Omit<RewardReply, "id" | "model" | "credit" | "items"> & {
  readonly items: readonly Item[];
};

const schema = rewardRequestSchema();

/** Scores all of a request, or throws the first error with its path in the request. */
export async function scoreNative(
  scorer: Scorer,
  input: RewardRequestInput,
  options: ScoreOptions = {},
): Promise<Reply> {
  const request = schema.parse(input);
  const scored = await scorer.score(scoreRequestOf(request), options).catch((error) => {
    throw placedError(error, request.items);
  });
  const reply = replyOf(request, scored);
  return {
    ...reply,
    items: reply.items.map((item) => {
      if (item instanceof AbacusError) throw item;
      return item;
    }),
  };
}

/** Scores what can be scored; an item that fails is its error. */
export async function scoreEachNative(
  scorer: Scorer,
  input: RewardRequestInput,
): Promise<Reply<ItemReply | AbacusError>> {
  const request = schema.parse(input);
  return replyOf(request, await scorer.scoreEach(scoreRequestOf(request)));
}

/** The completions of all items. */
export function completionsIn({ items }: Reply): CompletionReply[] {
  return items.flatMap(({ completions }) => completions);
}

type Request = ReturnType<typeof schema.parse>;

function scoreRequestOf({ items, credit, truncate: truncation, close }: Request) {
  return { samples: samplesOf(items), credit, truncation, close };
}

function replyOf(
  { items, encoding }: Request,
  { completions, cost }: Scored<ScoredCompletion | AbacusError>,
): Reply<ItemReply | AbacusError> {
  return { items: itemReplies(items, completions, encoding), ...costReply(cost) };
}
