/**
 * What methods ask and how they read the answers: a query about the completion as it is, and numbers
 * per token carried over to units.
 *
 * @module
 */

import type { Query } from "../engine/engine.ts";
import type { MeasurementName } from "../engine/measurements/registry.ts";
import { sum } from "./shares.ts";
import type { Answer, CreditInputs } from "./method.ts";

/** The completion as it is: its score, and what a method asks beside it. */
export function scoreOf(
  { ids, types, pool }: Pick<CreditInputs, "ids" | "types" | "pool">,
  { rows = [], measure = [] }: Partial<Pick<Query, "rows" | "measure">> = {},
): Query {
  return { ids, ...(types === undefined ? {} : { types }), pool, rows, measure };
}

/** The answer about the completion as it is. */
export function ownAnswer([first]: readonly Answer[]): Answer {
  if (first === undefined) throw new TypeError("Cannot assign credit without an answer");
  return first;
}

/** A measurement of the completion, carried over to its units. */
export function measuredOnUnits(
  { measured }: Answer,
  name: MeasurementName,
  { completion, closing, units }: CreditInputs,
): Float64Array {
  const numbers = measured[name];
  if (numbers === undefined) throw new TypeError(`Cannot assign credit without the ${name}`);
  const onClosing = sum(numbers.subarray(...closing));
  const [first] = completion;
  const perPart = units.parts.map(([start, end]) =>
    sum(numbers.subarray(first + start, first + end))
  );
  return units.project(Float64Array.from(perPart), onClosing);
}
