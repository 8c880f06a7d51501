import assert from "node:assert/strict";
import { join } from "node:path";
import { planJobs, usualPhases } from "../../experiment/plan.ts";
import { collect, readResults, restore, writeResults } from "../../experiment/results.ts";
import { Work } from "../../experiment/work.ts";
import { fakeEvaluation, fakeRun } from "./fake_run.ts";

const judge = { snippets: 0.8, reviews: 0.9 };

Deno.test("what was published is read back, with five significant digits", async () => {
  const folder = await Deno.makeTempDir();
  const [job] = planJobs(["main"], { steps: 3, seeds: 1 });
  const run = fakeRun(
    job!,
    () => ({ kl: 1.23456789, value_loss: 0.000123456789, judge_mean: null }),
  );
  writeResults(folder, { runs: [run], judge });
  const { runs: [back], judge: accuracy } = readResults(folder);
  assert.deepEqual(accuracy, judge);
  assert.deepEqual(back!.summary, run.summary);
  assert.equal(back!.steps.length, 3);
  const { kl, value_loss, judge_mean, step, step_seconds } = back!.steps[0]!;
  assert.deepEqual([step, kl, value_loss, judge_mean, step_seconds], [
    1,
    1.2346,
    0.00012346,
    null,
    2,
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("evaluations are published and read back; where none were published there are none", async () => {
  const folder = await Deno.makeTempDir();
  const [one, two] = planJobs(["frontier"], { steps: 2, seeds: 1 }).map((job) => fakeRun(job));
  const evaluations = [fakeEvaluation(0, { eval_kl: 1.234567 }), fakeEvaluation(2, { eval_kl: 3 })];
  writeResults(folder, { runs: [{ ...one!, evaluations }, two!], judge });
  const [first, second] = readResults(folder).runs;
  assert.deepEqual(first!.evaluations.map(({ eval_kl }) => eval_kl), [1.2346, 3]);
  assert.deepEqual(second!.evaluations, []);
  const work = new Work(join(folder, "work"));
  restore(folder, work);
  assert.deepEqual(collectedKl(work, one!.summary.id), [1.2346, 3]);
  await Deno.remove(join(folder, "evaluations.jsonl.gz"));
  assert.ok(readResults(folder).runs.every((run) => run.evaluations.length === 0));
  await Deno.remove(folder, { recursive: true });
});

function collectedKl(work: Work, id: string): number[] {
  return work.evaluations(id).map(({ eval_kl }) => eval_kl);
}

Deno.test("what was published counts as done in a folder that does not have it", async () => {
  const folder = await Deno.makeTempDir();
  const [published, place] = [join(folder, "published"), join(folder, "work")];
  const [one, two, three] = planJobs(["main"], { steps: 2, seeds: 1 }).map((job) => fakeRun(job));
  writeResults(published, { runs: [one!, two!], judge });
  const work = new Work(place);
  work.writeLines("metrics", two!.summary.id, []);
  work.writeJson(two!.summary, "summaries", `${two!.summary.id}.json`);
  work.writeLines("metrics", three!.summary.id, []);
  work.writeJson(three!.summary, "summaries", `${three!.summary.id}.json`);
  assert.equal(restore(published, work), 1);
  assert.equal(restore(published, work), 0);
  assert.equal(work.summaries().length, 3);
  assert.equal(work.steps(one!.summary.id).length, 2);
  assert.equal(work.steps(two!.summary.id).length, 0);
  assert.equal(restore(join(folder, "nothing"), work), 0);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a complete run takes the place of a broken one, and only what is wanted is taken", async () => {
  const folder = await Deno.makeTempDir();
  const [one, two] = planJobs(["main"], { steps: 2, seeds: 1 }).map((job) => fakeRun(job));
  const broken = { ...two!, summary: { ...two!.summary, complete: false } };
  writeResults(join(folder, "published"), { runs: [one!, broken], judge });
  const work = new Work(join(folder, "work"));
  work.writeLines("metrics", one!.summary.id, []);
  work.writeJson({ ...one!.summary, complete: false }, "summaries", `${one!.summary.id}.json`);
  work.writeLines("metrics", two!.summary.id, []);
  work.writeJson(two!.summary, "summaries", `${two!.summary.id}.json`);
  assert.equal(restore(join(folder, "published"), work, ({ steps }) => steps === 3), 0);
  assert.equal(restore(join(folder, "published"), work), 1);
  assert.ok(work.summaries().every(({ complete }) => complete));
  assert.equal(work.steps(one!.summary.id).length, 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a work folder's runs are collected with their steps", async () => {
  const folder = await Deno.makeTempDir();
  const work = new Work(folder);
  const runs = planJobs(["main"], { steps: 2, seeds: 1 }).map((job) => fakeRun(job));
  for (const { summary, steps } of runs) {
    work.writeLines("metrics", summary.id, steps);
    work.writeJson(summary, "summaries", `${summary.id}.json`);
  }
  work.writeJson({ accuracy: judge }, "judge.json");
  const collected = collect(new Work(folder));
  assert.deepEqual(
    collected.runs.map(({ summary, steps }) => [summary.method, steps.length]).toSorted(),
    runs.map(({ summary }) => [summary.method, 2]).toSorted(),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("all runs of the whole plan, with noise, stay within five megabytes", async () => {
  const folder = await Deno.makeTempDir();
  let state = 1;
  const noise = () => (state = state * 16807 % 2147483647) / 2147483647;
  const runs = planJobs(usualPhases).map((job) =>
    fakeRun(job, (step) => ({
      ...Object.fromEntries(Object.keys(step).map((name) => [name, noise()])),
      step: step.step,
      judge_mean: noise(),
      judged_score_mean: noise(),
    }))
  );
  writeResults(folder, { runs, judge });
  const { size } = await Deno.stat(join(folder, "metrics.jsonl.gz"));
  assert.ok(size < 5_000_000, `${size} bytes`);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("where nothing was published, that is said", () => {
  assert.throws(() => readResults("/nowhere"), {
    kind: "bad_usage",
    message: /no run is finished: received \/nowhere/,
  });
});
