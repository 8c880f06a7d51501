import assert from "node:assert/strict";
import { join } from "node:path";
import { Batcher } from "../../src/batch/batcher.ts";
import { methodsFor } from "../../src/credit/choice.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { scoringOf } from "../../src/model/scoring.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { normalizedReward, respelled, unchanged } from "../support/respelled_golden.ts";

const { mean, std, ids, raw, reward } = normalizedReward;

/** OpenRLHF's directory of the golden Llama, tokenizer included. */
async function openrlhf() {
  const config = { architectures: ["RewardModel"], mean, std, normalize_reward: true };
  const directory = await respelled({ ...unchanged, base: "llama", config });
  for (const name of ["tokenizer.json", "tokenizer_config.json"]) {
    await Deno.copyFile(join(goldenDirectory("llama"), name), join(directory.path, name));
  }
  return directory;
}

const sample = {
  kind: "ids" as const,
  promptIds: ids.slice(0, 5),
  completionIds: ids.slice(5),
};

for (const normalizeReward of [false, true]) {
  const expected = normalizeReward ? reward : raw;

  Deno.test(`with normalizeReward ${normalizeReward} every method pays out OpenRLHF's reward`, async () => {
    await using directory = await openrlhf();
    const options = { device: "cpu", threads: 1, normalizeReward } as const;
    await using model = await loadModel(directory.path, options);
    assert.equal(model.normalization, normalizeReward ? "applied" : "not applied");
    assert.deepEqual(model.notes.length, normalizeReward ? 0 : 1);
    const scorer = createScorer(model, new Batcher(model.engine));
    for (const { name: method } of methodsFor(model)) {
      const credit = { method, beta: 0.8 };
      const { completions } = await scorer.score({ samples: [sample], credit, truncation: "none" });
      const { score, rewards, offset = 0 } = completions[0]!;
      assert.ok(Math.abs(score - expected) < 1e-5, `${method}: ${score}, expected ${expected}`);
      const sum = rewards.reduce((total, each) => total + each, 0);
      assert.ok(Math.abs(sum + offset - score) < 1e-5, `${method}: ${sum} of ${score}`);
    }
  });
}

Deno.test("labels come first, then normalisation", async () => {
  await using directory = await openrlhf();
  const blueprint = await readBlueprint(directory.path);
  assert.equal(scoringOf(blueprint, {}).rule.text, "LABEL_0");
  const asked = scoringOf(blueprint, { normalizeReward: true, score: "LABEL_0=-1" });
  assert.deepEqual([asked.rule.text, asked.rule.weights], ["(-LABEL_0 + 1) / 2", [-0.5]]);
});
