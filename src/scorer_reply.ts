/**
 * From credit to the reply that crosses the network.
 *
 * @module
 */

import type { BatchRecord, Outcome } from "./batch/entry.ts";
import type { Credit, CreditInputs } from "./credit/method.ts";
import { AbacusError } from "./errors.ts";
import type { PlacedSample } from "./scorer_samples.ts";
import type { Encoding, Span } from "./text/encoding.ts";
import { encodeFloats, type FloatEncoding } from "./wire/floats.ts";
import type { CompletionReply, ItemReply, RewardReply } from "./wire/reply.ts";

/** A reply in which every item is its answer or its error. */
export interface EachReply extends Omit<RewardReply, "items"> {
  /** In the order of the request. */
  items: (ItemReply | AbacusError)[];
}

/** What {@linkcode completionReply} writes beside the credit. */
export interface CompletionReplyOptions {
  /** What the credit was assigned from. */
  readonly inputs: CreditInputs;
  readonly encoding: Encoding;
  readonly placed: PlacedSample;
  /** How lists of floats are written. */
  readonly floats: FloatEncoding;
}

/**
 * The reply for one completion.
 *
 * @throws {AbacusError} `model_failure` where a number does not fit into the form asked for
 */
export function completionReply(
  { rewards, shares, offset, responseMass, fallback }: Credit,
  { inputs, encoding, placed, floats }: CompletionReplyOptions,
): CompletionReply {
  return {
    score: inputs.score,
    rewards: encodeFloats(rewards, floats),
    ...(shares === undefined ? {} : { credit: encodeFloats(shares, floats) }),
    ...(offset === undefined ? {} : { offset }),
    ...unitsReply(encoding, placed),
    ...(responseMass === undefined ? {} : { response_mass: responseMass }),
    truncated: encoding.truncated,
    ...(fallback === undefined ? {} : { fallback }),
  };
}

/** Completions gathered into their items; an item with a failed completion is that error. */
export function itemReplies(
  samples: readonly PlacedSample[],
  completions: readonly (CompletionReply | AbacusError)[],
): EachReply["items"] {
  const items: EachReply["items"] = [];
  for (const [i, { item }] of samples.entries()) {
    const reply = items[item] ??= { completions: [] };
    const completion = completions[i]!;
    if (reply instanceof AbacusError) continue;
    if (completion instanceof AbacusError) items[item] = completion;
    else reply.completions.push(completion);
  }
  return items;
}

/** What the request cost: its tokens, its part of the batches it ran in, its time. */
export function costOf(
  outcomes: readonly Outcome[],
  { tokens, tokenizeMs }: { tokens: readonly number[]; tokenizeMs: number },
): Pick<RewardReply, "usage" | "timing_ms"> {
  let [asked, computed, queueMs] = [0, 0, 0];
  const batches = new Set<BatchRecord>();
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome instanceof AbacusError) continue;
    const { batch } = outcome;
    asked += tokens[i]!;
    computed += tokens[i]! * batch.computedTokens / batch.tokens;
    queueMs = Math.max(queueMs, outcome.queueMs);
    batches.add(batch);
  }
  const inferenceMs = [...batches].reduce((total, batch) => total + batch.inferenceMs, 0);
  return {
    usage: { tokens: asked, computed_tokens: Math.round(computed) },
    timing_ms: {
      tokenize: microseconds(tokenizeMs),
      queue: microseconds(queueMs),
      inference: microseconds(inferenceMs),
    },
  };
}

/** Whose the rewards are: the caller's spans, or the model's own tokens. */
function unitsReply(
  { ids, completion, offsets }: Encoding,
  { sample, spans }: PlacedSample,
): Pick<CompletionReply, "token_ids" | "offsets"> {
  if (spans !== undefined) return { offsets: spans.map(pair) };
  const tokenIds = { token_ids: Array.from(ids.subarray(...completion)) };
  return sample.kind === "ids" ? tokenIds : { ...tokenIds, offsets: offsets.map(pair) };
}

function pair([start, end]: Span): [number, number] {
  return [start, end];
}

/** Milliseconds, to the microsecond: what follows is noise. */
function microseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
