import assert from "node:assert/strict";
import {
  type TrainingFlags,
  trainingFlags,
  trainingSettings,
} from "../../../src/cli/ppo/training.ts";
import { settingsSchema } from "../../../src/settings.ts";

const defaults = settingsSchema.pick(
  Object.fromEntries(trainingFlags.map((name) => [name, true])) as Record<
    typeof trainingFlags[number],
    true
  >,
).parse({});

/** What a critic may have of its own. */
const apart = { criticLearningRate: 1e-3, criticMaxGradientNorm: 1, valueLambda: 1 };
const adapted = { loraRank: 4, loraModules: ["q_proj"] };
const noneApart = {
  criticLearningRate: undefined,
  criticMaxGradientNorm: undefined,
  valueLambda: undefined,
};

/** Every value of the settings, by its path. */
function leaves(value: object, path = ""): Map<string, unknown> {
  return new Map(
    Object.entries(value).flatMap(([key, each]) =>
      typeof each === "object" && each !== null
        ? [...leaves(each, `${path}${key}.`)]
        : [[`${path}${key}`, each] as const]
    ),
  );
}

/** A non-default value of each flag, and the path of its setting. */
const places: Readonly<Record<keyof TrainingFlags, readonly [value: unknown, path: string]>> = {
  creditUnit: ["sentence", "credit.unit"],
  creditLayer: [-2, "credit.layer"],
  creditPasses: [64, "credit.passes"],
  creditPay: ["spread", "credit.pay"],
  steps: [7, "steps"],
  seed: [5, "seed"],
  algorithm: ["reinforce++", "algorithm"],
  batch: [128, "batch"],
  completionsPerPrompt: [2, "completionsPerPrompt"],
  minNewTokens: [3, "length.min"],
  maxNewTokens: [40, "length.max"],
  stop: [["User:"], "stop.0"],
  forbiddenEnd: ["counted", "forbiddenEnd"],
  varyLength: [true, "length.varied"],
  temperature: [0.5, "rule.temperature"],
  topK: [50, "rule.topK"],
  topP: [0.9, "rule.topP"],
  credit: ["terminal", "credit.method"],
  beta: [1, "credit.beta"],
  scoreCenter: [true, "scores.center"],
  scoreScale: [true, "scores.scale"],
  scoreClip: [5, "scores.clip"],
  missingEndPenalty: [1, "scores.missingEndPenalty"],
  klCoefficient: [0.3, "kl.coefficient"],
  klEstimator: ["k3", "kl.estimator"],
  klIn: ["loss", "kl.place"],
  klTarget: [6, "kl.control.target"],
  klHorizon: [500, "kl.control.horizon"],
  gamma: [0.99, "gamma"],
  lambda: [0.9, "lambda"],
  valueLambda: [0.99, "valueLambda"],
  whitenRewards: [true, "whitenRewards"],
  advantageScale: ["none", "advantageScale"],
  epochs: [4, "epochs"],
  minibatches: [8, "minibatches"],
  accumulate: [4, "accumulate"],
  learningRate: [1e-5, "adam.learningRate"],
  schedule: ["cosine", "adam.schedule"],
  warmUpUpdates: [10, "adam.warmUpUpdates"],
  adamBeta1: [0.8, "adam.beta1"],
  adamBeta2: [0.99, "adam.beta2"],
  adamEpsilon: [1e-5, "adam.epsilon"],
  weightDecay: [0.1, "adam.weightDecay"],
  maxGradientNorm: [0.5, "adam.maxGradientNorm"],
  criticLearningRate: [1e-6, "adam.critic.learningRate"],
  criticMaxGradientNorm: [0.25, "adam.critic.maxGradientNorm"],
  clip: [0.1, "loss.clip"],
  clipHigh: [0.5, "loss.clipHigh"],
  dualClip: [5, "loss.dualClip"],
  lossMean: ["sequence", "loss.mean"],
  valueClip: [0.3, "loss.valueClip"],
  valueCoefficient: [0.5, "loss.valueCoefficient"],
  entropyCoefficient: [0.01, "loss.entropyCoefficient"],
  critic: ["separate", "critic"],
  valueWarmUpSteps: [2, "valueWarmUpSteps"],
  stopKl: [0.02, "stopKl"],
  loraRank: [16, "adapter.rank"],
  loraAlpha: [32, "adapter.alpha"],
  loraModules: [["k_proj"], "adapter.modules.0"],
};

Deno.test("every flag sets one setting of its own", () => {
  const settings = {
    ...defaults,
    klTarget: 1,
    clipHigh: 0.28,
    dualClip: 3,
    stop: ["a"],
    ...apart,
    ...adapted,
  };
  const before = leaves(trainingSettings(settings));
  for (const name of trainingFlags) {
    const [value, path] = places[name];
    const together = name === "algorithm" ? noneApart : {};
    const now = leaves(trainingSettings({ ...settings, ...together, [name]: value }));
    assert.equal(now.get(path), Array.isArray(value) ? value[0] : value, name);
    const moved = [...now].filter(([each, found]) => before.get(each) !== found);
    // Other algorithms have no critic.
    const expected = name === "algorithm" ? [path, "critic", "valueLambda"] : [path];
    assert.deepEqual(moved.map(([each]) => each).toSorted(), expected.toSorted(), name);
  }
  assert.equal(new Set(Object.values(places).map(([, path]) => path)).size, trainingFlags.length);
  assert.deepEqual(
    [...before.keys()].toSorted(),
    Object.values(places).map(([, path]) => path).toSorted(),
  );
});

Deno.test("what nobody named is what is published for the algorithm", () => {
  const found = (flags: Partial<TrainingFlags>) => {
    const { completionsPerPrompt, advantageScale, critic, loss, kl } = trainingSettings({
      ...defaults,
      ...flags,
    });
    return [completionsPerPrompt, advantageScale, critic, loss.mean, kl.place];
  };
  assert.deepEqual(found({}), [1, "batch", "shared", "token", "reward"]);
  assert.deepEqual(found({ algorithm: "rloo" }), [4, "none", "none", "constant", "reward"]);
  assert.deepEqual(found({ algorithm: "grpo" }), [8, "group", "none", "sequence", "loss"]);
  assert.deepEqual(found({ algorithm: "reinforce++" }), [1, "batch", "none", "token", "reward"]);
  const drGrpo = { algorithm: "grpo", advantageScale: "none", lossMean: "constant" } as const;
  assert.deepEqual(found({ ...drGrpo, klIn: "reward", completionsPerPrompt: 2 }), [
    2,
    "none",
    "none",
    "constant",
    "reward",
  ]);
  const { loss } = trainingSettings(defaults);
  assert.deepEqual([loss.clipHigh, loss.dualClip], [loss.clip, undefined]);
});

Deno.test("0 means no limit, and no target a fixed coefficient", () => {
  const settings = trainingSettings({ ...defaults, stopKl: 0, maxGradientNorm: 0, klTarget: 0 });
  assert.equal(settings.stopKl, Infinity);
  assert.equal(settings.adam.maxGradientNorm, Infinity);
  assert.equal(settings.kl.control, "fixed");
});
