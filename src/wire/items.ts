/**
 * Items of the native wire format as samples for the scorer, and scored samples as items again. HTTP
 * and the files of `score` both go through here.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import {
  SampleError,
  type ScoreCost,
  type ScoredCompletion,
  type ScoreSample,
} from "../scorer/scored.ts";
import type { ScoredUnit } from "../scorer/completion_units.ts";
import type { Span } from "../text/encoding.ts";
import { encodeFloats, type FloatEncoding } from "./floats.ts";
import { messageOf } from "./message.ts";
import type { CompletionReply, ItemReply, RewardReply } from "./reply.ts";
import { completionsOf, type RewardItem } from "./request.ts";

/** Every completion of the items as a sample, in their order. */
export function samplesOf(items: readonly RewardItem[]): ScoreSample[] {
  return items.flatMap((item): ScoreSample[] => {
    if ("prompt_ids" in item) {
      const promptIds = item.prompt_ids;
      return item.completion_ids.map((completionIds) => ({
        kind: "ids",
        promptIds,
        completionIds,
      }));
    }
    const { completions, token_spans: spans, steps } = item;
    // Samples of one conversation share it, which templates know it by.
    const prompt = "messages" in item
      ? { kind: "chat" as const, messages: item.messages.map(messageOf) }
      : { kind: "plain" as const, prompt: item.prompt };
    return completions.map((completion, i) => ({
      ...prompt,
      completion,
      spans: spans?.[i],
      steps: steps?.[i],
    }));
  });
}

/**
 * An error about one of the items' samples, with its path made one of the request: `completion_ids[7]`
 * of the sample may be `items[0].completion_ids[2][7]`. Any other error stays as it is.
 */
export function placedError(error: AbacusError, items: readonly RewardItem[]): AbacusError {
  return error instanceof SampleError ? error.with({ path: pathInItems(error, items) }) : error;
}

function pathInItems({ sample, path }: SampleError, items: readonly RewardItem[]): string {
  let completion = sample;
  let index = 0;
  while (completion >= completionsOf(items[index]!).length) {
    completion -= completionsOf(items[index++]!).length;
  }
  const whole = "prompt_ids" in items[index]! ? "completion_ids" : "completion";
  const [, field = whole, rest = ""] = /^(\w+)(.*)$/.exec(path ?? whole) ?? [];
  const list = listOf.get(field);
  return list === undefined
    ? `items[${index}].${field}${rest}`
    : `items[${index}].${list}[${completion}]${rest}`;
}

/** Fields of a sample that an item holds as one of a list, and the list's name. */
const listOf: ReadonlyMap<string, string> = new Map([
  ["completion", "completions"],
  ["completion_ids", "completion_ids"],
  ["token_spans", "token_spans"],
  ["steps", "steps"],
]);

/**
 * The items' answers. An item with a failed completion is the first error among them, with its path
 * in the request.
 *
 * @param completions one per sample of {@linkcode samplesOf}
 * @param encoding how lists of floats are written
 */
export function itemReplies(
  items: readonly RewardItem[],
  completions: readonly (ScoredCompletion | AbacusError)[],
  encoding: FloatEncoding,
): (ItemReply | AbacusError)[] {
  let sample = 0;
  return items.map((item) => {
    const replies: CompletionReply[] = [];
    let failure: AbacusError | undefined;
    for (const _ of completionsOf(item)) {
      const reply = completionReply(completions[sample]!, { sample, encoding });
      if (!(reply instanceof AbacusError)) replies.push(reply);
      else failure ??= placedError(reply, items);
      sample++;
    }
    return failure ?? { completions: replies };
  });
}

/** What a call cost, in the reply's terms. */
export function costReply(cost: ScoreCost): Pick<RewardReply, "usage" | "timing_ms"> {
  const { reusedTokens: cached } = cost;
  return {
    usage: {
      tokens: cost.tokens,
      computed_tokens: cost.computedTokens,
      ...(cached === undefined ? {} : { cached_tokens: cached.inFlight + cached.kept }),
    },
    timing_ms: {
      tokenize: microseconds(cost.tokenizeMs),
      queue: microseconds(cost.queueMs),
      inference: microseconds(cost.inferenceMs),
    },
  };
}

/** @returns an error where a number does not fit into the encoding */
function completionReply(
  completion: ScoredCompletion | AbacusError,
  { sample, encoding }: { sample: number; encoding: FloatEncoding },
): CompletionReply | AbacusError {
  if (completion instanceof AbacusError) return completion;
  const { score, rewards, shares, offset, tokenIds, offsets, responseMass, readAt, ...said } =
    completion;
  try {
    return {
      score,
      rewards: encodeFloats(rewards, encoding),
      ...(shares === undefined ? {} : { credit: encodeFloats(shares, encoding) }),
      ...(offset === undefined ? {} : { offset }),
      ...(said.residual === undefined ? {} : { residual: said.residual }),
      ...(tokenIds === undefined ? {} : { token_ids: Array.from(tokenIds) }),
      ...(offsets === undefined ? {} : { offsets: offsets.map(pair) }),
      ...(said.units === undefined ? {} : { units: said.units.map(unitReply) }),
      ...(said.steps === undefined ? {} : { steps: said.steps.map((step) => ({ ...step })) }),
      ...(responseMass === undefined ? {} : { response_mass: responseMass }),
      ...(readAt === undefined
        ? {}
        : { read_at: { position: readAt.position, token_id: readAt.tokenId } }),
      ...(said.dropped === undefined ? {} : { dropped: said.dropped.map(pair) }),
      truncated: said.truncated,
      ...(said.fallback === undefined ? {} : { fallback: said.fallback }),
      ...(said.members === undefined
        ? {}
        : { members: said.members.map(({ name, score }) => ({ id: name, score })) }),
    };
  } catch (error) {
    if (error instanceof AbacusError) return new SampleError(error, sample);
    throw error;
  }
}

function unitReply(
  { tokens, characters, reward, standardError }: ScoredUnit,
): NonNullable<CompletionReply["units"]>[number] {
  return {
    tokens: pair(tokens),
    ...(characters === undefined ? {} : { characters: pair(characters) }),
    reward,
    ...(standardError === undefined ? {} : { standard_error: standardError }),
  };
}

function pair([start, end]: Span): [number, number] {
  return [start, end];
}

/** Milliseconds, to the microsecond: what follows is noise. */
function microseconds(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
