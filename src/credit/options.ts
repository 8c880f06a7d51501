/**
 * Options of credit methods beside units and pay.
 *
 * @module
 */

/** Options of methods, of which each reads its own. */
export interface MethodOptions {
  /** The most texts that a completion may be compared with by a method that can do with fewer. */
  readonly passes: number;
  /** The layer that attention is read in, from 0, or from -1 for the last one down; or the mean of all. */
  readonly layer: number | "all";
}

/** The options of a request that names none: enough texts for the exact Shapley values of ten units. */
export const defaultOptions: MethodOptions = { passes: 1_024, layer: "all" };
