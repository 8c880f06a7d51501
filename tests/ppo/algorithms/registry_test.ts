import assert from "node:assert/strict";
import type { KlPlace } from "../../../src/ppo/algorithms/algorithm.ts";
import {
  type AlgorithmName,
  algorithmNames,
  algorithms,
} from "../../../src/ppo/algorithms/registry.ts";
import type { CriticKind } from "../../../src/ppo/graphs/actor_critic.ts";
import type { LossMean } from "../../../src/ppo/graphs/loss_mean.ts";
import type { UpdateStats } from "../../../src/ppo/graphs/policy_engine.ts";
import type { AdvantageScale } from "../../../src/ppo/math/advantage_scale.ts";
import { computeAdvantages } from "../../../src/ppo/math/advantages.ts";
import { assertRowsNear, openPolicy, sequenceOf } from "../golden_policy.ts";
import { assertChange, type Change, summaryOf } from "../graphs/change.ts";

type Lists = readonly (readonly number[])[];

interface Case {
  readonly algorithm: AlgorithmName;
  readonly policy: string;
  readonly critic: CriticKind;
  readonly per_prompt: number;
  readonly scale: AdvantageScale;
  readonly mean: LossMean;
  readonly kl_in: KlPlace;
  readonly clip: number;
  readonly clip_high: number;
  readonly dual_clip: number | null;
  readonly gamma: number;
  readonly critic_learning_rate?: number;
  readonly critic_max_gradient_norm?: number;
  readonly value_head: { readonly weight: readonly number[]; readonly bias: readonly number[] };
  readonly pairs: readonly (readonly [readonly number[], readonly number[]])[];
  readonly log_probs: Lists;
  readonly reference_log_probs: Lists;
  readonly values: Lists;
  readonly credit: Lists;
  readonly advantages: Lists;
  readonly scaled: Lists;
  readonly returns?: Lists;
  readonly stats: Partial<UpdateStats>;
  readonly changes: Readonly<Record<string, Change>>;
}

const golden: {
  readonly adam: Readonly<Record<string, number>>;
  readonly loss: Readonly<Record<string, number>>;
  readonly lambda: number;
  readonly coefficient: number;
  readonly longest: number;
  readonly cases: readonly Case[];
} = JSON.parse(
  await Deno.readTextFile(new URL("../../golden/algorithms.json", import.meta.url)),
);

const rows = (lists: Lists) => lists.map((list) => Float64Array.from(list));

function advantagesOf(each: Case) {
  const [oldLogProbs, referenceLogProbs, values, credit] = [
    rows(each.log_probs),
    rows(each.reference_log_probs),
    rows(each.values),
    rows(each.credit),
  ];
  const batch = credit.map((_, i) => ({
    credit: credit[i]!,
    oldLogProbs: oldLogProbs[i]!,
    referenceLogProbs: referenceLogProbs[i]!,
    ...(each.critic === "none" ? {} : { values: values[i]! }),
  }));
  const settings = {
    algorithm: each.algorithm,
    completionsPerPrompt: each.per_prompt,
    advantageScale: each.scale,
    kl: { estimator: "k1", place: each.kl_in },
    whitenRewards: false,
    gamma: each.gamma,
    lambda: golden.lambda,
  } as const;
  return { batch, ...computeAdvantages(batch, settings, golden.coefficient) };
}

function openCase(each: Case) {
  const { loss, adam } = golden;
  return openPolicy(each.policy, {
    critic: each.critic,
    minibatch: each.pairs.length,
    loss: {
      clip: each.clip,
      clipHigh: each.clip_high,
      ...(each.dual_clip === null ? {} : { dualClip: each.dual_clip }),
      mean: each.mean,
      longest: golden.longest,
      klPenalty: each.kl_in === "loss",
      valueClip: loss["value_clip"]!,
      valueCoefficient: loss["value_coefficient"]!,
      entropyCoefficient: loss["entropy_coefficient"]!,
    },
    adam: {
      learningRate: adam["learning_rate"]!,
      schedule: "constant",
      warmUpUpdates: 0,
      totalUpdates: 10,
      beta1: adam["beta1"]!,
      beta2: adam["beta2"]!,
      epsilon: adam["epsilon"]!,
      weightDecay: adam["weight_decay"]!,
      maxGradientNorm: adam["max_gradient_norm"]!,
      ...(each.critic_learning_rate === undefined ? {} : {
        critic: {
          learningRate: each.critic_learning_rate,
          maxGradientNorm: each.critic_max_gradient_norm,
        },
      }),
    },
  });
}

/** As in `update_graph_test.ts`: a part of the learning rate, by which an entry of a change may be off. */
const CHANGE_TOLERANCE = 5e-4;

for (const each of golden.cases) {
  const { algorithm, policy, per_prompt, scale, mean, kl_in } = each;
  const name = `${algorithm} with ${per_prompt} per prompt, scale ${scale}, mean ${mean}`;

  Deno.test(`${name}: advantages are those of numpy`, () => {
    const { advantages, scaled, returns } = advantagesOf(each);
    const near = { tolerance: 1e-6, what: "advantages" };
    assertRowsNear(advantages, each.advantages, near);
    assertRowsNear(scaled, each.scaled, { ...near, what: "scaled" });
    if (each.returns === undefined) assert.equal(returns, undefined);
    else assertRowsNear(returns!, each.returns, { ...near, what: "returns" });
  });

  Deno.test(`${name}: a step of ${policy} with KL in the ${kl_in} is that of torch`, async () => {
    await using open = await openCase(each);
    const { engine: { layout } } = open;
    const before = open.start.parameters.slice();
    if (each.critic !== "none") {
      before.set(each.value_head.weight, layout.places.get("value_head.weight")!.offset);
      before.set(each.value_head.bias, layout.places.get("value_head.bias")!.offset);
    }
    await open.engine.setState({ ...open.start, parameters: before });
    const { scaled, returns } = advantagesOf(each);
    const minibatch = {
      sequences: each.pairs.map(([prompt, response]) => sequenceOf({ prompt, response })),
      logProbs: rows(each.log_probs),
      referenceLogProbs: rows(each.reference_log_probs),
      advantages: scaled,
      ...(returns === undefined ? {} : { values: rows(each.values), returns }),
    };
    const options = { count: 1, klCoefficient: golden.coefficient };
    const stats = await open.engine.update(minibatch, options);
    for (const [stat, expected] of Object.entries(each.stats)) {
      const gap = Math.abs(stats[stat as keyof UpdateStats]! - expected);
      assert.ok(gap <= 1e-5 * Math.max(0.1, Math.abs(expected)), `${stat}: off by ${gap}`);
    }
    assert.deepEqual([...layout.places.keys()].toSorted(), Object.keys(each.changes).toSorted());
    const after = (await open.engine.state()).parameters;
    for (const [weight, { offset, length }] of layout.places) {
      const change = Float64Array.from(
        { length },
        (_, at) => after[offset + at]! - before[offset + at]!,
      );
      const expected = each.changes[weight]!;
      const near = CHANGE_TOLERANCE * golden.adam["learning_rate"]!;
      assertChange(summaryOf(change, expected), expected, { near, length, what: weight });
    }
  });
}

Deno.test("every algorithm is compared with torch, with every scale, mean and place of KL", () => {
  const seen = (of: (each: Case) => string) => new Set(golden.cases.map(of)).size;
  assert.deepEqual(
    new Set(golden.cases.map(({ algorithm }) => algorithm)),
    new Set(algorithmNames),
  );
  assert.deepEqual([seen(({ scale }) => scale), seen(({ mean }) => mean)], [3, 3]);
  assert.equal(seen(({ kl_in }) => kl_in), 2);
});

Deno.test("an algorithm without a critic evaluates no values and has no weights for them", async () => {
  for (const name of algorithmNames.filter((name) => !algorithms[name].hasCritic)) {
    await using open = await openCase(golden.cases.find((each) => each.algorithm === name)!);
    assert.equal(open.engine.layout.size, open.engine.layout.policySize);
    const found = await open.engine.evaluate([sequenceOf({ prompt: [1], response: [2, 3] })], {
      whose: "policy",
    });
    assert.equal(found.values, undefined);
  }
});
