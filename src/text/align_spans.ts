/**
 * Carries values from the spans of one tokenisation of a text over to those of another.
 *
 * The cost is linear in the number of characters and spans. Pure.
 *
 * @module
 */

import type { Span } from "./encoding.ts";

/** Carries one value per source span over to the target spans, with the same sum. */
export type Carry = (values: Float64Array) => Float64Array;

/** Marks a source whose value does not go to one target, but is spread over characters. */
const SPREAD = -1;

/**
 * @param sources spans in reading order, which may share characters
 * @param targets spans in reading order; there must be one if there is a source
 * @param length of the text, in the spans' unit
 */
export function alignSpans(
  sources: readonly Span[],
  targets: readonly Span[],
  length: number,
): Carry {
  const sharers = countSharers(targets, length);
  const goal = goals(sources, targets, sharers);
  const spread = goal.includes(SPREAD);
  return (values) => {
    const carried = new Float64Array(targets.length);
    for (let at = 0; at < goal.length; at++) {
      if (goal[at] !== SPREAD) carried[goal[at]!]! += values[at]!;
    }
    if (spread) gather(carried, targets, density(sources, values, { goal, sharers }));
    return carried;
  };
}

/** The last target that has a part of each source's value. The parameters are those of {@linkcode alignSpans}. */
export function lastTargets(
  sources: readonly Span[],
  targets: readonly Span[],
  length: number,
): Int32Array {
  const wide = [...targets.keys()].filter((at) => width(targets[at]!) > 0);
  let behind = 0;
  return goals(sources, targets, countSharers(targets, length)).map((goal, source) => {
    // Starts and ends never go back, so what covers any of a source's characters ends behind its start.
    while (behind < wide.length && targets[wide[behind]!]![0] < sources[source]![1]) behind++;
    return goal === SPREAD ? wide[behind - 1]! : goal;
  });
}

/** The number of targets that cover each character. */
function countSharers(targets: readonly Span[], length: number): Int32Array {
  const sharers = new Int32Array(length + 1);
  for (const [start, end] of targets) {
    sharers[start]! += 1;
    sharers[end]! -= 1;
  }
  for (let at = 1; at <= length; at++) sharers[at]! += sharers[at - 1]!;
  return sharers;
}

/** The target that gets the value of each source, or SPREAD. */
function goals(
  sources: readonly Span[],
  targets: readonly Span[],
  sharers: Int32Array,
): Int32Array {
  const goal = new Int32Array(sources.length).fill(SPREAD);
  const wide = [...targets.keys()].filter((at) => width(targets[at]!) > 0);
  pairAlike(goal, { sources, targets, wide });
  for (let at = 0; at < sources.length; at++) {
    if (goal[at] === SPREAD && countCovered(sources[at]!, sharers) === 0) {
      goal[at] = nearest(sources[at]!, targets, wide);
    }
  }
  return goal;
}

/**
 * Pairs sources and targets where both have the same spans in a stretch of text. A stretch ends where
 * no span of either side continues. Without this the tokens of an emoji would average their values
 * although both sides have the same tokens.
 */
function pairAlike(
  goal: Int32Array,
  { sources, targets, wide }: {
    sources: readonly Span[];
    targets: readonly Span[];
    wide: readonly number[];
  },
): void {
  let source = 0;
  let target = 0;
  while (source < sources.length && target < wide.length) {
    const [firstSource, firstTarget] = [source, target];
    let reach = Math.min(sources[source]![0], targets[wide[target]!]![0]) + 1;
    let grown = true;
    while (grown) {
      grown = false;
      for (; source < sources.length && sources[source]![0] < reach; source++, grown = true) {
        reach = Math.max(reach, sources[source]![1]);
      }
      for (; target < wide.length && targets[wide[target]!]![0] < reach; target++, grown = true) {
        reach = Math.max(reach, targets[wide[target]!]![1]);
      }
    }
    const stretch = sources.slice(firstSource, source);
    const alike = stretch.length === target - firstTarget &&
      stretch.every((span, at) => same(span, targets[wide[firstTarget + at]!]!));
    if (alike) stretch.forEach((_, at) => goal[firstSource + at] = wide[firstTarget + at]!);
  }
}

/** The nearest target; of two equally near, the later one, since most tokens begin with a space. */
function nearest(
  [start, end]: Span,
  targets: readonly Span[],
  wide: readonly number[],
): number {
  // Empty targets cover no text, and get a value only where there are no others.
  if (wide.length === 0) return 0;
  let [low, high] = [0, wide.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (targets[wide[middle]!]![0] < end) low = middle + 1;
    else high = middle;
  }
  const [before, behind] = [wide[low - 1], wide[low]];
  if (before === undefined || behind === undefined) return before ?? behind ?? 0;
  return targets[behind]![0] - end <= start - targets[before]![1] ? behind : before;
}

/** What each target that covers a character receives from it. */
function density(
  sources: readonly Span[],
  values: Float64Array,
  { goal, sharers }: { goal: Int32Array; sharers: Int32Array },
): Float64Array {
  const density = new Float64Array(sharers.length);
  for (let at = 0; at < sources.length; at++) {
    if (goal[at] !== SPREAD) continue;
    const [start, end] = sources[at]!;
    const perCharacter = values[at]! / countCovered(sources[at]!, sharers);
    for (let character = start; character < end; character++) {
      if (sharers[character]! > 0) density[character]! += perCharacter / sharers[character]!;
    }
  }
  return density;
}

/** Adds to every target the density of its characters, by differences of running sums. */
function gather(carried: Float64Array, targets: readonly Span[], density: Float64Array): void {
  const sums = new Float64Array(density.length + 1);
  for (let at = 0; at < density.length; at++) sums[at + 1] = sums[at]! + density[at]!;
  for (let at = 0; at < targets.length; at++) {
    const [start, end] = targets[at]!;
    carried[at]! += sums[end]! - sums[start]!;
  }
}

function countCovered([start, end]: Span, sharers: Int32Array): number {
  let covered = 0;
  for (let at = start; at < end; at++) if (sharers[at]! > 0) covered++;
  return covered;
}

function width([start, end]: Span): number {
  return end - start;
}

function same(a: Span, b: Span): boolean {
  return a[0] === b[0] && a[1] === b[1];
}
