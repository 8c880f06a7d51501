import assert from "node:assert/strict";
import { completionsPerPrompt } from "../../../src/cli/ppo/agreement.ts";
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

Deno.test("a prompt has as many completions as were asked for, or as the algorithm has by itself", () => {
  assert.equal(completionsPerPrompt(defaults), 1);
  assert.equal(completionsPerPrompt({ ...defaults, algorithm: "grpo" }), 8);
  assert.equal(completionsPerPrompt({ ...defaults, completionsPerPrompt: 3 }), 3);
});

const together: readonly [flags: Partial<TrainingFlags>, message: RegExp][] = [
  [
    { minNewTokens: 9, maxNewTokens: 8 },
    /--min-new-tokens must not be above --max-new-tokens: received 9 and 8$/,
  ],
  [
    { varyLength: true, minNewTokens: 0 },
    /--vary-length samples from --min-new-tokens on, which must be at least 1: received 0$/,
  ],
  [{ batch: 4, minibatches: 5 }, /--minibatches must not be above --batch: received 5 and 4$/],
  [
    { algorithm: "rloo", completionsPerPrompt: 1 },
    /--algorithm rloo compares 2 completions of a prompt or more .*: received 1$/,
  ],
  [
    { completionsPerPrompt: 5 },
    /--batch must be a multiple of --completions-per-prompt: received 64 and 5$/,
  ],
  [{ advantageScale: "group" }, /--advantage-scale group needs 2 completions .*: received 1$/],
  [
    { batch: 16, minibatches: 4, accumulate: 5 },
    /--accumulate must not be above the completions of a minibatch: received 5$/,
  ],
  [{ loraAlpha: 16 }, /--lora-alpha and --lora-modules need a --lora-rank: received 0$/],
  [{ loraModules: ["q_proj"] }, /--lora-alpha and --lora-modules need a --lora-rank: received 0$/],
  [{ dualClip: 1 }, /--dual-clip must be above 1, or 0: received 1$/],
  [
    { algorithm: "grpo", critic: "separate" },
    /--algorithm grpo has no --critic: received separate$/,
  ],
  [
    { algorithm: "reinforce++", valueWarmUpSteps: 3 },
    /--algorithm reinforce\+\+ has no critic to warm up: received 3$/,
  ],
  [
    { algorithm: "rloo", completionsPerPrompt: 4, valueLambda: 1 },
    /--algorithm rloo has no critic for --value-lambda: received 1$/,
  ],
  [{ topP: 0 }, /--top-p must be above 0: received 0$/],
  [
    { klTarget: 1, batch: 50, klHorizon: 10 },
    /--kl-horizon must be above a fifth of --batch: received 10 and 50$/,
  ],
  [
    { klTarget: 5, klCoefficient: 0 },
    /--kl-target adapts a --kl-coefficient, which must be above 0: received 0$/,
  ],
  [
    { valueWarmUpSteps: 7, steps: 7 },
    /--value-warm-up-steps must be below --steps, for the policy to be trained: received 7 and 7$/,
  ],
  [
    { schedule: "linear", warmUpUpdates: 41, steps: 10 },
    /--warm-up-updates must not .* for --schedule linear to follow: received 41 and 40$/,
  ],
  [
    { schedule: "cosine", warmUpUpdates: 33, steps: 10, valueWarmUpSteps: 2 },
    /--warm-up-updates must not .* for --schedule cosine to follow: received 33 and 32$/,
  ],
];

for (const [flags, message] of together) {
  Deno.test(`flags that contradict each other: ${Object.keys(flags).join(", ")}`, () => {
    assert.throws(() => trainingSettings({ ...defaults, ...flags }), {
      kind: "bad_usage",
      message,
    });
  });
}

Deno.test("flags at their bounds are accepted", () => {
  trainingSettings({ ...defaults, minNewTokens: 8, maxNewTokens: 8, varyLength: true });
  trainingSettings({ ...defaults, batch: 4, minibatches: 4 });
  trainingSettings({ ...defaults, klTarget: 0, batch: 50, klHorizon: 10 });
  trainingSettings({ ...defaults, klTarget: 0, klCoefficient: 0 });
  trainingSettings({ ...defaults, valueWarmUpSteps: 6, steps: 7 });
  trainingSettings({ ...defaults, schedule: "linear", warmUpUpdates: 40, steps: 10 });
  trainingSettings({ ...defaults, schedule: "constant", warmUpUpdates: 41, steps: 10 });
});
