/**
 * Held-out prompts: which prompts a policy is evaluated on and never trained on. Prompts of the same tokens
 * are one prompt: where it is held out, none of them is trained on.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { randomStream, shuffle } from "../math/random.ts";
import type { Prompt } from "./prompts.ts";

/** Prompts to train on, and others to evaluate on. */
export interface DividedPrompts {
  readonly trained: readonly Prompt[];
  readonly heldOut: readonly Prompt[];
}

/** The seed of the choice, which does not depend on the run's: runs of other seeds are compared. */
const SEED = 20_261_128;

/**
 * Holds out a share of the distinct prompts, at least one of them, chosen at random.
 *
 * @param share above 0 and below 1
 * @throws {AbacusError} `bad_usage` if none is left to train on
 */
export function holdOut(prompts: readonly Prompt[], share: number): DividedPrompts {
  const distinct = [...new Map(prompts.map((prompt) => [keyOf(prompt), prompt])).values()];
  const count = Math.max(1, Math.floor(share * distinct.length));
  const random = randomStream({ seed: SEED, step: 0, purpose: "held-out prompts" });
  const heldOut = shuffle(random, distinct).slice(0, count);
  return { trained: withoutHeldOut(prompts, heldOut), heldOut };
}

/**
 * The prompts that are not held out.
 *
 * @throws {AbacusError} `bad_usage` if there are none
 */
export function withoutHeldOut(
  prompts: readonly Prompt[],
  heldOut: readonly Prompt[],
): readonly Prompt[] {
  const keys = new Set(heldOut.map(keyOf));
  const trained = prompts.filter((prompt) => !keys.has(keyOf(prompt)));
  if (trained.length > 0) return trained;
  throw new AbacusError(
    "bad_usage",
    "Cannot train as every prompt is held out for evaluation: received " +
      `${prompts.length} prompts, and ${keys.size} to evaluate on`,
  );
}

function keyOf({ ids }: Prompt): string {
  return ids.join(" ");
}
