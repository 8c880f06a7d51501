/**
 * The tokens at which steps are read: found among the tokens of a text or among ids, and written behind a
 * step that nothing ends.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { PiecedTokens } from "./encode_pieces.ts";
import type { Span } from "./encoding.ts";
import type { DecodedText } from "./pieces.ts";
import type { RenderedSteps } from "./step_pieces.ts";
import type { StepMark, StepRule } from "./step_rule.ts";
import { findSteps, invalid } from "./steps.ts";
import type { TokenizedSample } from "./tokenized_sample.ts";
import type { Tokens } from "./tokenizer.ts";

/** The end of one step. */
export interface StepEnd {
  /** The position at which it is read, in the whole sequence. */
  readonly at: number;
  /** The first token of its mark; `at + 1` where it has none. */
  readonly mark: number;
  /** Whether the mark is none of the completion's own tokens: it covers no character and no caller's id. */
  readonly inserted: boolean;
}

/** The steps of a sample as tokens. */
export interface TokenSteps {
  /** In order, no two at one token. */
  readonly ends: readonly StepEnd[];
  /** Whether a step stands behind them that nothing ends yet. */
  readonly open: boolean;
}

/**
 * The steps of a tokenised text.
 *
 * @param completion the tokens of the completion
 * @throws {AbacusError} `invalid_request` at `steps[i]` where two given steps end in one token
 */
export function stepsOfText(
  tokens: Tokens | PiecedTokens,
  { ends, everyToken = false, open, given }: RenderedSteps,
  completion: Span,
): TokenSteps {
  if (everyToken) return everyTokenOf(completion);
  if (ends === undefined) return { ends: marked(tokens), open };
  const found = ends.map((end) => lastBefore(end, tokens.starts, completion));
  found.forEach((at, i) => {
    if (!given || (at !== undefined && at !== found[i - 1])) return;
    throw invalid(`steps[${i}]`, "no token of the model ends it and not another", at ?? null);
  });
  return { ends: unmarked(found), open };
}

/** Each token as a step; of none, one step that is open. */
function everyTokenOf([start, end]: Span): TokenSteps {
  const places = Array.from({ length: end - start }, (_, i) => start + i);
  return { ends: unmarked(places), open: places.length === 0 };
}

/** Marks that cover no character are none of the completion's own tokens. */
function marked(tokens: Tokens | PiecedTokens): StepEnd[] {
  const { starts, ends } = tokens;
  const marks = "marks" in tokens ? tokens.marks : [];
  return marks.map(([mark, behind]) => {
    const at = behind - 1;
    return { at, mark, inserted: starts[at] === ends[at] };
  });
}

/** The last token of a range that begins before a place. */
function lastBefore(
  place: number,
  starts: ArrayLike<number>,
  [first, last]: Span,
): number | undefined {
  let at = last - 1;
  while (at >= first && starts[at]! >= place) at--;
  return at < first ? undefined : at;
}

function unmarked(found: readonly (number | undefined)[]): StepEnd[] {
  const distinct = new Set(found.filter((at) => at !== undefined));
  return [...distinct].map((at) => ({ at, mark: at + 1, inserted: false }));
}

/**
 * The steps of a completion given as ids, which are taken as they are: they end at the marks among the ids, or
 * at the tokens that write a separator.
 *
 * @param start the position of the completion's first token
 * @param decoded what each of its tokens writes
 * @throws {AbacusError} `invalid_request` where the text has several steps and no marks to read them at
 */
export function stepsOfIds(
  { ids, completion: [start, end] }: TokenizedSample,
  { text, offsets }: DecodedText,
  rule: StepRule,
): TokenSteps {
  const { mark } = rule;
  if (rule.at === "every-token") return everyTokenOf([start, end]);
  const isSeparator = mark === undefined || mark.text.trim() === "";
  const marks = isSeparator ? [] : marksAmong(ids.subarray(start, end), mark.ids, start);
  if (marks.length > 0) return { ends: marks, open: true };
  const { breaks, open } = findSteps(text, { at: rule.at });
  const ended = breaks.filter(({ isEnd }) => isEnd);
  if (!isSeparator && ended.length > (open ? 0 : 1)) throw unmarkedIds(mark);
  if (!isSeparator) return { ends: [], open: true };
  const starts = offsets.map(([from]) => from);
  const places = ended.map((each) => Array.from(text.slice(0, each.end)).length);
  const found = places.map((place) => lastBefore(place, starts, [0, starts.length]));
  return { ends: unmarked(found.map((at) => at === undefined ? at : start + at)), open };
}

function marksAmong(ids: Int32Array, mark: readonly number[], start: number): StepEnd[] {
  const found: StepEnd[] = [];
  for (let at = 0; at + mark.length <= ids.length; at++) {
    if (!mark.every((id, i) => ids[at + i] === id)) continue;
    found.push({ at: start + at + mark.length - 1, mark: start + at, inserted: false });
  }
  return found;
}

function unmarkedIds({ text, ids }: StepMark): AbacusError {
  return new AbacusError(
    "invalid_request",
    "Cannot read the steps of ids, which are taken as they are, as the model reads each at its mark " +
      `${
        JSON.stringify(text)
      } (send texts, or ids with the mark behind every step): received ids ` +
      `without the id ${ids.join(" ")}`,
    { path: "completion_ids" },
  );
}

/** How open steps are ended. */
export interface StepClosing {
  readonly mark?: StepMark | undefined;
  /** Ids that end texts and belong to no step: end of sequence, padding. */
  readonly endings: readonly number[];
}

/**
 * The sample with its last step ended: by a mark that is inserted behind it, or at its last token where the
 * model reads no marks. Of an empty completion that is an empty step, read behind the prompt.
 */
export function closeSteps(
  sample: TokenizedSample,
  { mark, endings }: StepClosing,
): TokenizedSample {
  const { ids, steps, completion: [start, end] } = sample;
  if (steps === undefined || !steps.open) return sample;
  const last = steps.ends.at(-1)?.at ?? -1;
  let content = end;
  while (content > start && content - 1 > last && endings.includes(ids[content - 1]!)) content--;
  if (last >= start && last === content - 1) return { ...sample, steps: { ...steps, open: false } };
  if (mark !== undefined) return withMark(sample, mark.ids, content);
  const at = Math.max(0, content - 1);
  const ends = [...steps.ends, { at, mark: at + 1, inserted: false }];
  return { ...sample, steps: { ends, open: false } };
}

/** The sample with a mark in the completion, before the token at `at`, which ends its last step. */
function withMark(sample: TokenizedSample, mark: readonly number[], at: number): TokenizedSample {
  const { types, offsets, completion: [start, end], steps } = sample;
  const added = (list: Int32Array, values: readonly number[]) =>
    Int32Array.from([...list.subarray(0, at), ...values, ...list.subarray(at)]);
  const place = offsets[at - start - 1]?.[1] ?? 0;
  const spans = mark.map((): Span => [place, place]);
  const step = { at: at + mark.length - 1, mark: at, inserted: true };
  return {
    ...sample,
    ids: added(sample.ids, mark),
    types: types && added(types, mark.map(() => types[at - 1] ?? 0)),
    completion: [start, end + mark.length],
    offsets: end > start && offsets.length === 0
      ? []
      : [...offsets.slice(0, at - start), ...spans, ...offsets.slice(at - start)],
    steps: { ends: [...steps?.ends ?? [], step], open: false },
  };
}

/** Steps of which the tokens from `end` on were cut off, that of a mark which was cut in two included. */
export function stepsBefore(end: number, { ends }: TokenSteps): TokenSteps {
  return { ends: ends.filter(({ at }) => at < end), open: true };
}

/** Steps whose tokens all stand `count` places before where they stood. */
export function stepsShifted({ ends, open }: TokenSteps, count: number): TokenSteps {
  const shifted = ends.map((each) => ({ ...each, at: each.at - count, mark: each.mark - count }));
  return { ends: shifted, open };
}
