/**
 * How noisy advantages without a critic are, over all groups of texts that can be counted: docs/reward-to-go.md has
 * the formulas.
 */

import assert from "node:assert/strict";
import { rloo } from "../../src/ppo/algorithms/rloo.ts";

const [tokens, perPrompt] = [4, 3];

/** Every text: equally likely gains and losses, whose sum has a variance of 1. */
const gains = Array.from(
  { length: 2 ** tokens },
  (_, bits) =>
    Array.from({ length: tokens }, (_, t) => (bits >> t & 1 ? 1 : -1) / Math.sqrt(tokens)),
);

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

/** The rewards of a text's tokens, with beta 1. */
const methods: Readonly<Record<string, (text: readonly number[]) => number[]>> = {
  terminal: (text) => text.map((_, t) => t === tokens - 1 ? sum(text) : 0),
  red: (text) => [...text],
  uniform: (text) => text.map(() => sum(text) / tokens),
};

/** The variance of the advantage of each token of a text beside two others, over all that can be written. */
function variances(method: string): number[] {
  const rewards = gains.map((text) => Float64Array.from(methods[method]!(text)));
  const rows = rewards.flatMap((one) =>
    rewards.flatMap((two) =>
      rewards.map((three) =>
        rloo.estimate({ rewards: [one, two, three], perPrompt }, { gamma: 1, lambda: 1 })
          .advantages[0]!
      )
    )
  );
  return Array.from(
    { length: tokens },
    (_, t) => sum(rows.map((row) => row[t]! ** 2)) / rows.length,
  );
}

const others = perPrompt / (perPrompt - 1);

for (
  const [method, expected] of [
    ["terminal", () => others],
    ["red", (t: number) => others * (tokens - t) / tokens],
    ["uniform", (t: number) => others * ((tokens - t) / tokens) ** 2],
  ] as const
) {
  Deno.test(`the noise of advantages without a critic: ${method}`, () => {
    variances(method).forEach((variance, t) =>
      assert.ok(Math.abs(variance - expected(t)) < 1e-12, `token ${t}: ${variance}`)
    );
  });
}
