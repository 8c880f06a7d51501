import assert from "node:assert/strict";
import { algorithmNames, algorithms } from "../../../src/ppo/algorithms/registry.ts";
import type { CriticKind } from "../../../src/ppo/graphs/actor_critic.ts";
import type { LossMean } from "../../../src/ppo/graphs/loss_mean.ts";
import type { AdamSettings } from "../../../src/ppo/graphs/optimiser.ts";
import type { PolicyEngineOptions, UpdateOptions } from "../../../src/ppo/graphs/policy_engine.ts";
import { openAdapted } from "../adapted_policy.ts";
import { openPolicy, quickAdam, stream } from "../golden_policy.ts";
import { minibatchFrom, requests } from "../made_up_minibatch.ts";

/** What is trained, and how often. */
interface Case {
  readonly critic: CriticKind;
  readonly mean: LossMean;
  readonly klPenalty: boolean;
  readonly adam?: Pick<AdamSettings, "critic">;
  readonly adapted?: boolean;
  readonly updates: readonly UpdateOptions[];
}

const twice: readonly UpdateOptions[] = [{ count: 1 }, { count: 2 }];

/** The critic alone, then both. */
const warmingUp: readonly UpdateOptions[] = [
  { count: 1, criticOnly: true },
  { count: 2, policyCount: 1 },
];

const cases: Readonly<Record<string, Case>> = {
  ...Object.fromEntries(algorithmNames.map((name) => {
    const { hasCritic, usual: { mean, klPlace } } = algorithms[name];
    const critic = hasCritic ? "shared" : "none";
    return [name, { critic, mean, klPenalty: klPlace === "loss", updates: twice }];
  })),
  "a warm-up of the critic": {
    critic: "shared",
    mean: "token",
    klPenalty: true,
    updates: warmingUp,
  },
  "a critic with a trunk and an optimizer of its own": {
    critic: "separate",
    mean: "sequence",
    klPenalty: false,
    adam: { critic: { learningRate: 0.003, maxGradientNorm: 0.3 } },
    updates: warmingUp,
  },
  "an adapter": {
    critic: "separate",
    mean: "token",
    klPenalty: true,
    adapted: true,
    updates: warmingUp,
  },
};

/** The metrics of each update, and the vectors after them. */
async function trained(
  { critic, mean, klPenalty, adam, adapted = false, updates }: Case,
  computed: Pick<PolicyEngineOptions, "parts" | "largeFrom">,
) {
  await using open = await (adapted ? openAdapted : openPolicy)("llama", {
    ...computed,
    critic,
    minibatch: 3,
    adam: { ...quickAdam, ...adam },
    loss: {
      clip: 0.2,
      valueClip: 0.2,
      valueCoefficient: 0.1,
      entropyCoefficient: 0.01,
      mean,
      longest: 7,
      klPenalty,
    },
  });
  const { engine } = open;
  const completions = await engine.sample(requests, stream(1));
  const evaluation = await engine.evaluate(completions, { whose: "policy" });
  // So that some ratios are clipped, and that KL is not 0.
  const shifted = evaluation.logProbs.map((row) => row.map((each, t) => each + (t % 3 - 1) / 4));
  const minibatch = {
    ...minibatchFrom(completions, { ...evaluation, logProbs: shifted }),
    referenceLogProbs: evaluation.logProbs.map((row) => row.map((each) => each - 0.1)),
  };
  const stats = [];
  for (const update of updates) {
    stats.push(await engine.update(minibatch, { ...update, klCoefficient: 0.2 }));
  }
  return { stats, state: await engine.state() };
}

for (const [name, each] of Object.entries(cases)) {
  Deno.test(`an update in parts, or of gradients and step apart, is that of the whole: ${name}`, async () => {
    const whole = await trained(each, {});
    for (const computed of [{ parts: 2 }, { parts: 3 }, { largeFrom: 0 }]) {
      const found = await trained(each, computed);
      for (const [i, expected] of whole.stats.entries()) {
        assert.deepEqual(Object.keys(found.stats[i]!), Object.keys(expected));
        const numbers = Object.values(found.stats[i]!);
        assertNear(numbers, Object.values(expected), `metrics of update ${i + 1}`);
      }
      for (const vector of ["parameters", "first", "second"] as const) {
        assertNear(found.state[vector], whole.state[vector], vector);
      }
    }
  });
}

/** Adam divides a gradient by its size, so that the rounding of small ones counts. */
function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>, what: string) {
  const gaps = Array.from(expected, (wanted, i) => Math.abs(found[i]! - wanted));
  const worst = gaps.indexOf(Math.max(...gaps));
  const allowed = 1e-5 * Math.max(1, Math.abs(expected[worst]!));
  assert.ok(gaps[worst]! <= allowed, `${what}[${worst}]: off by ${gaps[worst]}`);
}
