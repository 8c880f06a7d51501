/**
 * Length groups: which prompts are sampled for together. A sampler reads as much of all prompts at once as
 * the shortest has, and the rest of the longer ones token by token (`sampler_graph.ts`), so that one short
 * prompt among long ones would make most of their tokens go one by one. Pure.
 *
 * @module
 */

import type { SampleRequest } from "./sampler_feeds.ts";

/** What a group costs beyond its steps, in decode steps: reading its prompts, and another run. */
const OVERHEAD_STEPS = 8;

/** Prompts of one group, neighbours by length. */
interface Group {
  readonly start: number;
  /** Decode steps of it and of all groups before it. */
  readonly steps: number;
}

/**
 * Divides requests into groups, so that the decode steps of all are fewest. A group of prompts of `a` to `b`
 * tokens takes `b - a` steps for the rest of the longest, and as many as are generated.
 *
 * @returns the indices of each group; those of one group are in the given order, so that requests which
 * are not divided stay as they are
 */
export function groupByLength(requests: readonly SampleRequest[]): number[][] {
  const lengths = [...new Set(requests.map(({ prompt }) => prompt.length))].sort((a, b) => a - b);
  const generated = Math.max(...requests.map(({ limits }) => limits.max));
  const bounds = cheapest(lengths, generated + OVERHEAD_STEPS);
  const groups = bounds.map((): number[] => []);
  for (const [i, { prompt }] of requests.entries()) {
    groups[bounds.findLastIndex((least) => least <= prompt.length)]!.push(i);
  }
  return groups;
}

/**
 * The least length of each group, ascending. Each length is the last of a group that starts at the length
 * which is best so far: time in proportion to the square of the number of lengths.
 *
 * @param lengths distinct and ascending
 * @param perGroup steps of a group beside the difference of its lengths
 */
function cheapest(lengths: readonly number[], perGroup: number): number[] {
  const best: Group[] = [];
  for (const [last, longest] of lengths.entries()) {
    let found: Group = { start: last, steps: Infinity };
    for (let start = 0; start <= last; start++) {
      const before = start === 0 ? 0 : best[start - 1]!.steps;
      const steps = before + longest - lengths[start]! + perGroup;
      if (steps < found.steps) found = { start, steps };
    }
    best.push(found);
  }
  const bounds: number[] = [];
  for (let last = lengths.length - 1; last >= 0; last = best[last]!.start - 1) {
    bounds.unshift(lengths[best[last]!.start]!);
  }
  return bounds;
}

/**
 * The sequences that a group is sampled with: the next power of two, so that groups of all sizes share a few
 * graphs, and never more than all requests together.
 */
export function paddedSize(size: number, all: number): number {
  return Math.min(all, 2 ** Math.ceil(Math.log2(size)));
}
