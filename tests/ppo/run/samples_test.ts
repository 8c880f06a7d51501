import assert from "node:assert/strict";
import type { Rollout } from "../../../src/ppo/rollout/rollout.ts";
import { sampleLines, writeShowcase } from "../../../src/ppo/run/samples.ts";
import { train } from "../../../src/ppo/trainer.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { tinyRun } from "../tiny_run.ts";

Deno.test("a line has the text, the reward and the KL of every token", () => {
  const rollout: Rollout = {
    ids: Int32Array.of(5, 6, 7),
    promptLength: 1,
    ended: true,
    minLength: 0,
    logProbs: Float64Array.of(-9, -9),
    text: { prompt: "a", completion: " b", spans: [[0, 2], [2, 2]], pieces: [" b", ""] },
    score: 1.5,
    responseMass: 0.5,
    credit: Float64Array.of(1, 0.5),
    oldLogProbs: Float64Array.of(-1, -2),
    referenceLogProbs: Float64Array.of(-1.5, -1),
    values: Float64Array.of(0, 0),
  };
  assert.deepEqual(sampleLines(3, [rollout]), [{
    step: 3,
    prompt: "a",
    completion: " b",
    score: 1.5,
    ended: true,
    tokens: [" b", ""],
    rewards: [1, 0.5],
    kl: [0.5, -1],
  }]);
});

Deno.test("the showcase has the same prompts before and after training, and only the policy differs", async () => {
  await using directory = await temporaryDirectory();
  await using tiny = await tinyRun({ directory: directory.path, settings: { steps: 4 } });
  const { run } = tiny;
  await writeShowcase(run, { step: 0 });
  const [before, again] = [await run.files.readShowcase(), await shownAgain()];
  assert.deepEqual(again, before, "it is deterministic");
  await train(run, tiny.progress);
  await writeShowcase(run, { step: 4 });
  const both = await run.files.readShowcase();
  assert.deepEqual(both.map(({ step }) => step), [0, 0, 4, 4]);
  assert.deepEqual(both.slice(0, 2), before);
  assert.deepEqual(both.slice(2).map(({ prompt }) => prompt), before.map(({ prompt }) => prompt));
  assert.ok(before.every(({ kl }) => kl.every((each) => Math.abs(each) < 1e-5)));
  assert.ok(both.slice(2).some(({ kl }) => kl.some((each) => Math.abs(each) > 1e-3)));

  async function shownAgain() {
    await writeShowcase(run, { step: 0 });
    return await run.files.readShowcase();
  }
});

Deno.test("a showcase does not affect the run", async () => {
  await using parent = await temporaryDirectory();
  const metrics = [];
  for (const shown of [false, true]) {
    const directory = `${parent.path}/${shown}`;
    await Deno.mkdir(directory);
    await using tiny = await tinyRun({ directory, settings: { steps: 2 } });
    if (shown) await writeShowcase(tiny.run, { step: 0 });
    await train(tiny.run, tiny.progress);
    const lines = await tiny.run.files.readMetrics();
    metrics.push(lines.map(({ score_mean, kl, gradient_norm }) => [score_mean, kl, gradient_norm]));
  }
  assert.deepEqual(metrics[1], metrics[0]);
});

Deno.test("only the last showcase after training is kept, and none is written for 0 samples", async () => {
  await using directory = await temporaryDirectory();
  await using tiny = await tinyRun({ directory: directory.path });
  for (const step of [0, 3, 6]) await writeShowcase(tiny.run, { step });
  const steps = (await tiny.run.files.readShowcase()).map(({ step }) => step);
  assert.deepEqual(steps, [0, 0, 6, 6]);
  await writeShowcase({ ...tiny.run, samplesPerStep: 0 }, { step: 9 });
  assert.equal((await tiny.run.files.readShowcase()).length, 4);
});
