/**
 * Every algorithm by name. A new one is a file beside this and a line in the table.
 *
 * @module
 */

import type { Algorithm } from "./algorithm.ts";
import { grpo } from "./grpo.ts";
import { ppo } from "./ppo.ts";
import { reinforcePlusPlus } from "./reinforce_plus_plus.ts";
import { rloo } from "./rloo.ts";

/** The algorithms, the default first. */
export const algorithms = {
  ppo,
  rloo,
  grpo,
  "reinforce++": reinforcePlusPlus,
} as const satisfies Readonly<Record<string, Algorithm>>;

/** The name of one. */
export type AlgorithmName = keyof typeof algorithms;

/** The names in the order of the table. */
export const algorithmNames = Object.keys(algorithms) as AlgorithmName[];
