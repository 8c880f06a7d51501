/**
 * How an update changed a parameter, in a few numbers that a golden file can hold.
 *
 * @module
 */

import assert from "node:assert/strict";

/** How one update changed one parameter, see tests/oracle/ppo_step.py. */
export interface Change {
  readonly head: readonly number[];
  readonly waves: readonly number[];
  readonly norm: number;
}

/** The numbers of a change, as many as expected. */
export function summaryOf(change: Float64Array, { head, waves }: Change): Change {
  const onWave = (wave: number) =>
    change.reduce((sum, each, i) => sum + each * Math.cos(wave * (i + 1)), 0);
  return {
    head: [...change.subarray(0, head.length)],
    waves: waves.map((_, k) => onWave(k + 1)),
    norm: Math.hypot(...change),
  };
}

/** Fails if a number is off by more than `near`; those of all entries by that times the root of their count. */
export function assertChange(
  found: Change,
  expected: Change,
  { near, length, what }: { near: number; length: number; what: string },
): void {
  const root = Math.sqrt(length);
  const off = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((each, i) => Math.abs(each - b[i]!)));
  const gaps = [
    off(found.head, expected.head),
    off(found.waves, expected.waves) / root,
    Math.abs(found.norm - expected.norm) / root,
  ];
  assert.ok(Math.max(...gaps) <= near, `${what}: off by ${gaps}, at most ${near}`);
}
