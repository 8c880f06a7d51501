/**
 * Reward requests: completions as items of the reward server, in as many calls as there are ways of closing
 * texts. Pure.
 *
 * @module
 */

import type { RewardItemInput } from "../../client/mod.ts";
import type { CompletionText, TokenSequence } from "./policy_text.ts";
import type { IdsTelling, Telling } from "./telling.ts";

/** Completions that are sent together. */
export interface RewardCall {
  /** The place of each item's completion among all. */
  readonly places: readonly number[];
  /** With one completion each. */
  readonly items: readonly RewardItemInput[];
  /** What texts are closed with. @default what the server was started with */
  readonly close?: "eos" | undefined;
}

/**
 * The calls for some completions: those whose end is appended by the server in one, the others in another.
 */
export function rewardCalls(texts: readonly CompletionText[], telling: Telling): RewardCall[] {
  const told = texts.map((text, place) => ({ place, ...toldText(text, telling) }));
  const calls = [true, false].map((closed): RewardCall => {
    const some = told.filter((each) => each.closed === closed);
    return {
      places: some.map(({ place }) => place),
      items: some.map(({ item }) => item),
      close: closed ? "eos" : telling.close,
    };
  });
  return calls.filter(({ items }) => items.length > 0);
}

/** A completion as an item, and whether the server is to append its end. */
interface ToldText {
  readonly item: RewardItemInput;
  readonly closed: boolean;
}

function toldText(text: CompletionText, { closesEnded, ids }: Telling): ToldText {
  const { tokens, ended = false, given } = text;
  // A conversation's template closes its turns itself, and may write other tokens than the policy's.
  const isChat = given !== undefined && "messages" in given;
  const isTold = tokens !== undefined && (!ended || ids?.endsIn(tokens.ids.at(-1)!) === true);
  if (ids !== undefined && isTold && !isChat) {
    const item = idsItem(tokens, ids, given !== undefined);
    if (item !== undefined) return { item, closed: false };
  }
  return { item: textItem(text), closed: closesEnded && ended && !isChat };
}

/** The text with the places of the policy's tokens. */
function textItem(
  { prompt, given = { prompt }, completion, spans }: CompletionText,
): RewardItemInput {
  // Messages have the types of what they may hold.
  return {
    ...given,
    completions: [completion],
    token_spans: [spans.map(([start, end]): [number, number] => [start, end])],
  } as RewardItemInput;
}

/** The ids, an end-of-sequence token among them; undefined where the model has no embedding for one. */
function idsItem(
  { ids, promptLength }: TokenSequence,
  { tokenizer, vocabulary }: IdsTelling,
  isMarked: boolean,
): RewardItemInput | undefined {
  if (ids.some((id) => id >= vocabulary)) return undefined;
  return {
    prompt_ids: promptIds(ids.subarray(0, promptLength), { ...tokenizer, isMarked }),
    completion_ids: [Array.from(ids.subarray(promptLength))],
  };
}

/**
 * The prompt as the model's tokenizer writes its text. A policy may begin with a token that does not belong to
 * it: with EOS, where its tokenizer puts nothing before a text.
 *
 * @param isMarked whether its special tokens are those of the text
 */
function promptIds(
  prompt: Int32Array,
  { head, opening, isMarked }: IdsTelling["tokenizer"] & { readonly isMarked: boolean },
): number[] {
  const begins = (start: Int32Array) =>
    start.length > 0 && start.every((id, at) => id === prompt[at]);
  if (begins(head)) return Array.from(prompt);
  const own = !isMarked && begins(opening) ? prompt.subarray(opening.length) : prompt;
  return [...head, ...own];
}
