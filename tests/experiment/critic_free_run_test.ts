/**
 * One tiny run of each arm without a critic, by the real trainer and the bundled models.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { programOfTask } from "../../experiment/child.ts";
import { runExperiment } from "../../experiment/experiment.ts";
import { bundled } from "../../experiment/plan.ts";
import { madeRewardModels } from "../../experiment/reward_models.ts";
import { Work } from "../../experiment/work.ts";
import { folderOf } from "./corpus_fixture.ts";

const reviews = Array.from({ length: 10 }, (_, at) => ({
  fold: 9,
  label: at % 2,
  text: `the film of the year ${1990 + at} is a warm tale of two brothers .\nvery good .`,
}));

Deno.test("RLOO and GRPO train on token rewards of several completions per prompt", async () => {
  const folder = await Deno.makeTempDir({ prefix: "abacus-critic-free-" });
  const data = await folderOf(
    [
      ...reviews,
      { fold: 1, label: 1, text: "a wonderful delight ." },
      { fold: 1, label: 0, text: "a dull bore ." },
    ],
    [
      { label: 1, text: "a wonderful delight" },
      { label: 1, text: "such a wonderful delight" },
      { label: 0, text: "a dull bore" },
      { label: 0, text: "what a dull bore" },
    ],
  );
  const never = new AbortController().signal;
  const more = ["--batch=8", "--min-new-tokens=8", "--max-new-tokens=8", "--eval-limit=4"];
  const spec = {
    ...bundled,
    data,
    work: join(folder, "work"),
    published: join(folder, "published"),
    jobs: 2,
    phases: ["critic-free"] as const,
    scale: { steps: 1, seeds: 1 },
    port: 0,
    otherRewardModels: madeRewardModels,
    device: "cpu" as const,
    more,
    keep: false,
  };
  const notes: string[] = [];
  try {
    const code = await runExperiment(spec, {
      note: (line) => void notes.push(line),
      trainer: programOfTask("ppo"),
      server: programOfTask("serve"),
      stop: { gentle: never, hard: never },
    });
    assert.equal(code, 0, notes.join("\n"));
    const work = new Work(spec.work);
    const summaries = work.summaries();
    assert.equal(summaries.length, 6);
    for (const { id, settings, rewardWeights } of summaries) {
      const [algorithm, group] = id.includes("rloo") ? ["rloo", 4] : ["grpo", 8];
      assert.deepEqual([settings.algorithm, settings.completionsPerPrompt], [algorithm, group]);
      assert.match(rewardWeights!, /^[0-9a-f]{64}$/);
      const [step] = work.steps(id);
      assert.ok(Number.isFinite(step!.score_mean) && Number.isFinite(step!.policy_loss));
      assert.equal(step!.explained_variance, null, "there is no critic");
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
    await Deno.remove(data, { recursive: true });
  }
});
