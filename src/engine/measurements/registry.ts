/**
 * Every measurement by name. A new one is a file beside this and a line in the table.
 *
 * @module
 */

import { attention } from "./attention.ts";
import { gradient } from "./gradient.ts";
import { integrated } from "./integrated.ts";
import { layers } from "./layers.ts";
import { rollout } from "./rollout.ts";
import type { Measurement, PathRule } from "./measurement.ts";

/** The measurements. */
export const measurements = {
  attention,
  gradient,
  integrated,
  layers,
  rollout,
} as const satisfies Record<
  string,
  Measurement
>;

/** The name of a measurement. */
export type MeasurementName = keyof typeof measurements;

/** How a measurement follows a path; undefined for those that do not. */
export function pathRuleOf(name: MeasurementName): PathRule | undefined {
  const measurement: Measurement = measurements[name];
  return measurement.pass === "own" ? measurement.path : undefined;
}

/** The names in the order of the table. */
export const measurementNames = Object.keys(measurements) as MeasurementName[];
