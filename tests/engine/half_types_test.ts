/**
 * The bundled model, which was trained, in both half types and every form of attention, on the CPU and on a CUDA GPU
 * where there is one, within the bounds that are promised. Golden models are drawn with larger weights: transformers
 * itself is further off there.
 */

import assert from "node:assert/strict";
import { Batcher, createScorer, loadModel } from "../../src/mod.ts";
import { attentionForms } from "../../src/engine/passes/scoring.ts";
import type { LoadOptions } from "../../src/model/load_model.ts";
import { gpus } from "../support/gpus.ts";
import { testWhere } from "../support/test_where.ts";

/** Of the larger of 1 and the score. bfloat16 has three bits less. */
const bounds = [["float16", 1e-2], ["bfloat16", 2e-2]] as const;
/** Total variation of the shares of the score. */
const CREDIT = 2e-2;

const completions = [
  " a delight.",
  " boring and far too long, with a plot that goes nowhere and actors who know it.",
  " fine.",
  " the best film of the year, funny and sad and beautifully shot",
  " not bad, though the ending felt rushed and the music was loud",
  " I laughed once. That was when it ended.",
  " so dull that I left after twenty minutes, and I never leave",
  " a waste of money",
];

async function scored(options: LoadOptions) {
  await using model = await loadModel("models/movie-reward", { device: "cpu", ...options });
  const scorer = createScorer(model, new Batcher(model.engine));
  const samples = completions.map((completion) =>
    ({ kind: "plain", prompt: "The movie was", completion }) as const
  );
  const request = { samples, credit: { method: "abc", beta: 1 }, truncation: "none" } as const;
  return (await scorer.score(request)).completions;
}

const exact = await scored({ dtype: "float32" });

/** The CPU, and CUDA where it works: both have both types. */
const places = [
  { device: "cpu" as const, missing: undefined },
  ...gpus.filter(({ device }) => device === "cuda"),
];

for (const { device, missing } of places) {
  for (const [dtype, bound] of bounds) {
    testWhere({
      name:
        `a trained model in ${dtype} on ${device} scores within ${bound} and gives credit within 2e-2 of float32`,
      missing,
      fn: async () => {
        for (const attention of attentionForms) {
          await expectClose({ device, dtype, attention }, bound);
        }
      },
    });
  }
}

async function expectClose(options: LoadOptions, bound: number): Promise<void> {
  for (const [i, { score, rewards }] of (await scored(options)).entries()) {
    const expected = exact[i]!;
    const where = `${options.attention}, ${completions[i]}`;
    const gap = Math.abs(score - expected.score) / Math.max(1, Math.abs(expected.score));
    assert.ok(gap > 0 && gap <= bound, `${where}: score off by ${gap}`);
    const apart = rewards.reduce(
      (sum, reward, t) => sum + Math.abs(reward / score - expected.rewards[t]! / expected.score),
      0,
    );
    assert.ok(apart / 2 <= CREDIT, `${where}: credit ${apart / 2}`);
  }
}
