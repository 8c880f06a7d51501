/**
 * Every credit method by name. A new one is a file beside this and a line in the table.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { nearest } from "../spelling.ts";
import { abc } from "./abc.ts";
import { gradient } from "./gradient.ts";
import { integrated } from "./integrated.ts";
import { layers } from "./layers.ts";
import type { CreditMethod } from "./method.ts";
import { occlusion } from "./occlusion.ts";
import { red } from "./red.ts";
import { rollout } from "./rollout.ts";
import { shapley } from "./shapley.ts";
import { steps } from "./steps.ts";
import { terminal } from "./terminal.ts";
import { uniform } from "./uniform.ts";

/** The methods, the default first. */
export const creditMethods = {
  abc,
  uniform,
  terminal,
  red,
  gradient,
  integrated,
  occlusion,
  shapley,
  layers,
  rollout,
  steps,
} as const satisfies Record<
  string,
  CreditMethod
>;

/** The name of a method that exists. */
export type CreditMethodName = keyof typeof creditMethods;

/** The names in the order of the table. */
export const creditMethodNames = Object.keys(creditMethods) as CreditMethodName[];

/** What a request that does not say gets; of models that score steps, `choice.ts` says it. */
export const defaultCredit: { readonly method: CreditMethodName; readonly beta: number } = {
  method: "abc",
  beta: 0.8,
};

/**
 * The method of this name.
 *
 * @throws {AbacusError} `invalid_request` naming the known methods, and the one that was probably
 * meant
 *
 * @example Spreading a score over three tokens
 * ```ts
 * import { creditMethod } from "./registry.ts";
 * import assert from "node:assert/strict";
 *
 * const parts = [[0, 1], [1, 2], [2, 3]] as const;
 * const units = { count: 3, parts, project: (perPart: Float64Array) => perPart };
 * const text = { ids: Int32Array.of(7, 8, 9), pool: [2], units };
 * const inputs = {
 *   ...text,
 *   completion: [0, 3] as const,
 *   closing: [3, 3] as const,
 *   options: { passes: 1_024, layer: "all" as const },
 *   without: () => text,
 * };
 * const answer = { score: 6, rowScores: new Float64Array(), measured: {} };
 * const { earned, rest } = creditMethod("uniform").assign([answer], { inputs, beta: 0.5 });
 * assert.deepEqual([[...earned], rest], [[1, 1, 1], 3]);
 * ```
 */
export function creditMethod(name: string): CreditMethod {
  if (isCreditMethodName(name)) return creditMethods[name];
  const meant = nearest(name, creditMethodNames);
  const hint = meant === undefined ? "" : ` (did you mean '${meant}'?)`;
  throw new AbacusError(
    "invalid_request",
    `Cannot assign credit as the method must be one of ${creditMethodNames.join(", ")}: ` +
      `received '${name}'${hint}`,
  );
}

function isCreditMethodName(name: string): name is CreditMethodName {
  return Object.hasOwn(creditMethods, name);
}
