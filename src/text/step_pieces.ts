/**
 * A rendered sample with its steps: the text cut into pieces where the model reads a mark behind each step, or
 * the ends of the steps in the text where it reads none.
 *
 * @module
 */

import type { TextPiece } from "./encode_pieces.ts";
import { codePointLength, type Span } from "./encoding.ts";
import type { RenderedSample } from "./rendered_sample.ts";
import type { StepMark, StepRule } from "./step_rule.ts";
import {
  expectSteps,
  findSteps,
  type FoundSteps,
  givenSteps,
  invalid,
  type StepBreak,
} from "./steps.ts";
import type { Region } from "./tokenized_sample.ts";

/** The steps of a text that is to be tokenised. */
export interface RenderedSteps {
  /** Where they end, in code points of the text. @default where the marks among its pieces stand */
  readonly ends?: readonly number[];
  /** Whether each token is one, and `ends` tells nothing. @default false */
  readonly everyToken?: boolean;
  /** As {@linkcode FoundSteps.open}. */
  readonly open: boolean;
  /** Whether the caller gave them. */
  readonly given: boolean;
}

/**
 * The sample with its steps, as the rule finds them in what stands in the text, or as the caller gave them.
 *
 * @param given in code points of the completion
 * @throws {AbacusError} `invalid_request` at `steps` or `steps[i]`, where a given step is none
 */
export function withSteps(
  sample: RenderedSample,
  rule: StepRule,
  given?: readonly Span[],
): RenderedSample {
  const { text, region } = sample;
  if (rule.at === "every-token" && given === undefined) {
    return { ...sample, steps: { everyToken: true, open: false, given: false } };
  }
  if (typeof text !== "string") throw new TypeError("Cannot find the steps of a pair of texts");
  const [start = 0, end = 0] = unitsOf(text, [region.start, region.end]);
  const own = text.slice(start, end);
  const { breaks, open } = given === undefined
    ? findSteps(own, rule)
    : stepsInText(own, { region, rule, given });
  if (rule.mark === undefined) {
    const ends = breaks.filter(({ isEnd }) => isEnd)
      .map((each) => region.start + codePointLength(own.slice(0, each.end)));
    return { ...sample, steps: { ends, open, given: given !== undefined } };
  }
  const placed = breaks.map((each) => ({
    ...each,
    start: start + each.start,
    end: start + each.end,
  }));
  const pieces = cut(text, {
    pieces: sample.pieces ?? [{ text, isPlain: false }],
    breaks: placed,
    mark: rule.mark,
    own: [start, end],
  });
  return { ...sample, pieces, steps: { open, given: given !== undefined } };
}

/** Steps in code points of the completion, as breaks of what stands of it in the text. */
function stepsInText(
  own: string,
  { region, rule, given }: { region: Region; rule: StepRule; given: readonly Span[] },
): FoundSteps {
  expectSteps(given, region.length);
  const places = given.map(([start, end], at) => {
    const kept = region.parts.filter(({ completion, length }) =>
      completion < end && completion + length > start
    );
    const [first, last] = [kept[0], kept.at(-1)];
    if (first === undefined || last === undefined) {
      throw invalid(`steps[${at}]`, "the model's chat template leaves it out", [start, end]);
    }
    const from = first.text + Math.max(0, start - first.completion);
    const to = last.text + Math.min(last.length, end - last.completion);
    return [from - region.start, to - region.start];
  });
  const units = unitsOf(own, places.flat());
  const steps = places.map((_, i): Span => [units[2 * i]!, units[2 * i + 1]!]);
  return givenSteps(own, steps, rule);
}

interface Cuts {
  readonly pieces: readonly TextPiece[];
  readonly breaks: readonly StepBreak[];
  readonly mark: StepMark;
  /** The completion's place in the text. */
  readonly own: Span;
}

/** The pieces of a text, cut at every break and, where steps are texts of their own, around the completion. */
function cut(text: string, { pieces, breaks, mark, own: [start, end] }: Cuts): TextPiece[] {
  const edge = (at: number) =>
    mark.alone ? [{ start: at, end: at, ids: undefined, isMark: false }] : [];
  const marks = breaks.flatMap(({ start, end, isEnd, isMark = false }) => {
    const isBefore = mark.place === "before" && !isMark;
    if (!isEnd && isBefore) return [];
    // A blank line is written as the separators are, or goes with those that a mark takes the place of.
    const ids = isEnd || mark.alone ? mark.ids : [];
    return [{ start, end: isBefore ? start : end, ids, isMark: isEnd }];
  });
  const cuts = [...edge(start), ...marks, ...edge(end)];
  const found: TextPiece[] = [];
  let [at, next, behind] = [0, 0, 0];
  for (const { text: { length }, isPlain } of pieces) {
    const push = (to: number) => {
      // Before a mark at the very start stands an empty piece, which gets what is added around a text.
      if (to === at && found.length > 0) return;
      const isAlone = mark.alone && at >= start && to <= end;
      found.push({ text: text.slice(at, to), isPlain, isAlone });
    };
    for (behind += length; next < cuts.length && cuts[next]!.end <= behind; next++) {
      const { start: from, end: to, ids, isMark } = cuts[next]!;
      push(from);
      if (ids !== undefined) {
        found.push({ text: text.slice(from, to), isPlain: false, ids, isMark });
      }
      at = to;
    }
    push(behind);
    at = behind;
  }
  return found;
}

/** Places in code points as places in UTF-16 units, both ascending. */
function unitsOf(text: string, points: readonly number[]): number[] {
  let [unit, point] = [0, 0];
  return points.map((wanted) => {
    for (; point < wanted && unit < text.length; point++) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
    }
    return unit;
  });
}
