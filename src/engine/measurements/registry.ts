/**
 * Every measurement by name. A new one is a file beside this and a line in the table.
 *
 * @module
 */

import { attention } from "./attention.ts";
import { gradient } from "./gradient.ts";
import { layers } from "./layers.ts";
import { rollout } from "./rollout.ts";
import type { Measurement } from "./measurement.ts";

/** The measurements. */
export const measurements = { attention, gradient, layers, rollout } as const satisfies Record<
  string,
  Measurement
>;

/** The name of a measurement. */
export type MeasurementName = keyof typeof measurements;

/** The names in the order of the table. */
export const measurementNames = Object.keys(measurements) as MeasurementName[];
