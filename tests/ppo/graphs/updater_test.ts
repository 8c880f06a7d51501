import assert from "node:assert/strict";
import type { LossMean } from "../../../src/ppo/graphs/loss_mean.ts";
import { openPolicy, quickAdam, stream } from "../golden_policy.ts";
import { minibatchFrom, requests } from "../made_up_minibatch.ts";

const loss = { clip: 0.2, valueClip: 0.2, valueCoefficient: 0.1, entropyCoefficient: 0.01 };
const apart = { learningRate: 0.003, maxGradientNorm: 0.3 };

/** Two updates on the same completions: their metrics, and the vectors after them. */
async function updated(
  parts: number | undefined,
  { mean = "token", ...more }: { mean?: LossMean; critic?: "separate"; criticOnly?: boolean } = {},
) {
  const { critic, criticOnly = false } = more;
  const adam = { ...quickAdam, critic: apart };
  await using open = await openPolicy("llama", {
    parts,
    minibatch: 3,
    adam,
    loss: { ...loss, mean, longest: 7, klPenalty: true },
    ...(critic === undefined ? {} : { critic }),
  });
  const { engine } = open;
  const completions = await engine.sample(requests, stream(1));
  const evaluation = await engine.evaluate(completions, { whose: "policy" });
  const shifted = evaluation.logProbs.map((row) => row.map((each, t) => each + (t % 3 - 1) / 4));
  const minibatch = {
    ...minibatchFrom(completions, { ...evaluation, logProbs: shifted }),
    referenceLogProbs: evaluation.logProbs.map((row) => row.map((each) => each - 0.1)),
  };
  const stats = [];
  for (const count of [1, 2]) {
    const policyCount = count === 2 ? 1 : 2; // the policy's updates are counted apart
    stats.push(
      await engine.update(minibatch, { count, policyCount, criticOnly, klCoefficient: 0.2 }),
    );
  }
  return { stats, state: await engine.state() };
}

const kinds = [
  { mean: "token", critic: "separate" },
  { mean: "sequence" },
  { mean: "constant" },
] as const;

for (const some of kinds) {
  Deno.test(`an update in parts is the update: ${Object.values(some).join(", ")}`, async () => {
    const whole = await updated(undefined, some);
    for (const parts of [2, 3]) {
      const found = await updated(parts, some);
      for (const [i, stats] of whole.stats.entries()) {
        assert.deepEqual(Object.keys(found.stats[i]!), Object.keys(stats));
        for (const [name, value] of Object.entries(stats)) {
          const gap = Math.abs(
            Object.entries(found.stats[i]!).find(([n]) => n === name)![1] - value,
          );
          assert.ok(gap <= 1e-5 * Math.max(1, Math.abs(value)), `${name}: off by ${gap}`);
        }
      }
      for (const vector of ["parameters", "first", "second"] as const) {
        const [a, b] = [found.state[vector], whole.state[vector]];
        const gap = a.reduce((most, each, i) => Math.max(most, Math.abs(each - b[i]!)), 0);
        assert.ok(gap <= 2e-5, `${vector}: off by ${gap}`);
      }
    }
  });
}

Deno.test("the critic alone is trained in parts as well", async () => {
  const [whole, parts] = [
    await updated(undefined, { criticOnly: true }),
    await updated(3, { criticOnly: true }),
  ];
  const gap = parts.state.parameters.reduce((most, each, i) => {
    return Math.max(most, Math.abs(each - whole.state.parameters[i]!));
  }, 0);
  assert.ok(gap <= 2e-5, `off by ${gap}`);
});
