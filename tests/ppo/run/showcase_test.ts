import assert from "node:assert/strict";
import { writeShowcase } from "../../../src/ppo/run/showcase.ts";
import { train } from "../../../src/ppo/trainer.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { tinyRun } from "../tiny_run.ts";

Deno.test("the same prompts are shown before training and after it, and only the policy differs", async () => {
  await using directory = await temporaryDirectory();
  await using tiny = await tinyRun({ directory: directory.path, settings: { steps: 4 } });
  const { run } = tiny;
  await writeShowcase(run, { step: 0 });
  const [before, again] = [await run.files.readShowcase(), await shownAgain()];
  assert.deepEqual(again, before, "nothing is left to chance");
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

Deno.test("a showcase changes nothing of the run", async () => {
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

Deno.test("of later steps only the last that was shown is kept, and none where none is wanted", async () => {
  await using directory = await temporaryDirectory();
  await using tiny = await tinyRun({ directory: directory.path });
  for (const step of [0, 3, 6]) await writeShowcase(tiny.run, { step });
  const steps = (await tiny.run.files.readShowcase()).map(({ step }) => step);
  assert.deepEqual(steps, [0, 0, 6, 6]);
  await writeShowcase({ ...tiny.run, samplesPerStep: 0 }, { step: 9 });
  assert.equal((await tiny.run.files.readShowcase()).length, 4);
});
