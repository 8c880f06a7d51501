/**
 * The gradient of a value: the sum of what its uses add to it.
 *
 * @module
 */

import { add } from "../ops/arithmetic.ts";
import { concat, pad } from "../ops/layout.ts";
import type { Value } from "../value.ts";
import { full, zeros } from "./fit.ts";
import type { Contribution, Part } from "./rule.ts";

/** The sum, which broadcasts to `value`; undefined where nothing contributes. */
export function total(value: Value, contributions: readonly Contribution[]): Value | undefined {
  const wholes = contributions.filter((each) => typeof each === "function").map((make) => make());
  const rest = contributions.filter((each) => typeof each !== "function");
  const parts = rest.flatMap((each) => "part" in each ? [each.part] : []);
  let sum = [...wholes, ...joined(value, parts)].reduce(plus, undefined);
  for (const each of rest) if ("onto" in each) sum = each.onto(sum);
  for (const each of rest) {
    if ("into" in each) sum = each.into(sum === undefined ? zeros(value) : full(sum, value));
  }
  return sum;
}

function plus(sum: Value | undefined, each: Value): Value {
  return sum === undefined ? each : add(sum, each);
}

/** Parts side by side are joined; where they overlap or lie along several axes, each is filled up. */
function joined(value: Value, parts: readonly Part[]): readonly Value[] {
  const sorted = parts.toSorted((a, b) => a.start - b.start);
  const apart = sorted.every(({ axis, start }, i) => {
    const before = sorted[i - 1];
    return before === undefined || axis === before.axis && start >= before.end;
  });
  return (apart ? [sorted] : sorted.map((part) => [part])).flatMap((row) => {
    const [first] = row;
    return first === undefined ? [] : [filledUp(value, row, first.axis)];
  });
}

/** Parts in order along one axis, with zeros where there is none. */
function filledUp(value: Value, parts: readonly Part[], axis: number): Value {
  const pieces = parts.map(({ start, end, gradient }, i) => {
    const [before, after] = [parts[i - 1], parts[i + 1]];
    const room = after === undefined ? Number(value.dim(axis)) - end : 0;
    return padded(gradient(), axis, [start - (before?.end ?? 0), room]);
  });
  const [only] = pieces;
  return pieces.length === 1 && only !== undefined ? only : concat(pieces, axis);
}

function padded(x: Value, axis: number, [before, after]: readonly [number, number]): Value {
  if (before === 0 && after === 0) return x;
  const none = x.shape.map(() => 0);
  return pad(x, { before: none.with(axis, before), after: none.with(axis, after) });
}
