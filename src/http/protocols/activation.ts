/**
 * Activation: what some servers make of a score unless they are told not to. Here scores are raw unless a
 * request asks for it by name, and then token rewards still add up to the raw score.
 *
 * vLLM applies a sigmoid or a softmax unless `use_activation` (before, `activation`) is false. Clients that
 * do not think of it expect the reward.
 *
 * @module
 */

import { z } from "zod";

/**
 * A score as a probability: the sigmoid, which of the difference of two labels is the softmax of the second.
 */
export function probabilityOf(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** The score, activated where that was asked for. */
export function activated(score: number, wanted: boolean): number {
  return wanted ? probabilityOf(score) : score;
}

/** The fields of vLLM's requests that ask for it. */
export function activationFields() {
  return {
    use_activation: z.boolean().nullish().meta({
      description: "Whether scores become probabilities by a sigmoid. They are raw without it.",
    }),
    activation: z.boolean().nullish().meta({ description: "The same, as older clients name it." }),
  };
}

/** Whether those fields ask for it. */
export function wantsActivation(
  { use_activation, activation }: {
    use_activation?: boolean | null | undefined;
    activation?: boolean | null | undefined;
  },
): boolean {
  return use_activation ?? activation ?? false;
}
