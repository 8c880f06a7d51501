/**
 * Reward-to-go: what a completion earns from each of its tokens on, and what completions of one prompt
 * earn on average.
 *
 * @module
 */

import type { Rows } from "./rows.ts";

/**
 * `G[t] = reward[t] + gamma * G[t + 1]`, 0 after the last token.
 *
 * @returns a new row per completion
 */
export function rewardsToGo(rewards: Rows, gamma: number): Float64Array[] {
  return rewards.map((row) => {
    const toGo = row.slice();
    for (let t = row.length - 2; t >= 0; t--) toGo[t]! += gamma * toGo[t + 1]!;
    return toGo; // [tokens]
  });
}

/** Whether a completion counts in the mean that is taken off it. */
export type Peers = "others" | "all";

/**
 * Takes off each entry the mean of the entries at the same token, over the completions of the same prompt.
 * A completion that has ended counts with its last entry: nothing after it can change what it earned, and
 * where the last token earns all, the mean is the same at every token.
 *
 * @param rows those of one prompt are `perPrompt` rows one after the other
 * @throws {RangeError} unless `perPrompt` divides the rows, and leaves others where they are asked for
 */
export function lessMeanOf(peers: Peers, rows: Rows, perPrompt: number): Float64Array[] {
  if (peers === "others" && perPrompt < 2) {
    throw new RangeError(
      `Cannot compare a completion with others as its prompt has one: received ${perPrompt}`,
    );
  }
  return groupsOf(rows, perPrompt).flatMap((group) => {
    const sums = sumsPerToken(group);
    return group.map((row) => {
      return row.map((entry, t) => {
        const mean = peers === "all"
          ? sums[t]! / group.length
          : (sums[t]! - entry) / (group.length - 1);
        return entry - mean;
      });
    });
  });
}

/**
 * Splits rows into those of each prompt.
 *
 * @throws {RangeError} unless `perPrompt` divides their number
 */
export function groupsOf<Row>(rows: readonly Row[], perPrompt: number): (readonly Row[])[] {
  if (!Number.isInteger(perPrompt) || perPrompt < 1 || rows.length % perPrompt !== 0) {
    throw new RangeError(
      `Cannot group completions as each prompt must have as many: received ${rows.length} of ` +
        `${perPrompt} per prompt`,
    );
  }
  return Array.from(
    { length: rows.length / perPrompt },
    (_, i) => rows.slice(i * perPrompt, (i + 1) * perPrompt),
  );
}

/** As long as the longest row. */
function sumsPerToken(group: Rows): Float64Array {
  const longest = Math.max(...group.map(({ length }) => length));
  return new Float64Array(longest).map((_, t) =>
    group.reduce((sum, row) => sum + (row[Math.min(t, row.length - 1)] ?? 0), 0)
  );
}
