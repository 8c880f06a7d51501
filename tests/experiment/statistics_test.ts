import assert from "node:assert/strict";
import { bandOf, groupsOf, seedsOf, stepReaching } from "../../experiment/groups.ts";
import { planJobs } from "../../experiment/plan.ts";
import type { Run } from "../../experiment/results.ts";
import { endMean, runMean, scoreAtKl, valuesOf } from "../../experiment/series.ts";
import { collapseOf, compareGroups, scoresByKl } from "../../experiment/statistics.ts";
import { fakeRun } from "./fake_run.ts";

const plan = planJobs(["main", "beta"], { steps: 40, seeds: 3 });
const runs = plan.map((job) => fakeRun(job));
const groups = groupsOf(runs, "main");
const group = (name: string) => groups.find((each) => each.name === name)!;

Deno.test("runs of an arm belong together, in the order of the plan and of the seeds", () => {
  assert.deepEqual(
    groups.map(({ name }) => name),
    ["abc", "abcd", "red", "gradient", "uniform", "terminal"],
  );
  assert.deepEqual(groups.map(seedsOf), Array(6).fill([1, 2, 3]));
  assert.deepEqual(
    groupsOf(runs.toReversed(), "beta").map(({ name }) => name),
    ["abc, beta 0", "abc, beta 0.2", "abc, beta 0.4", "abc, beta 0.6", "abc, beta 1"],
  );
});

Deno.test("a band: mean and standard deviation over seeds at each step", () => {
  const band = bandOf(group("abc"), "score_mean");
  assert.equal(band.length, 40);
  // Seeds 1 to 3 lie at 0.01, 0.02 and 0.03 above the curve.
  close(band[4]!.mean, 1 + 0.02);
  close(band[4]!.sd, 0.01);
  assert.equal(band[4]!.step, 5);
});

Deno.test("a run that broke off counts in the band as far as it got, and in no comparison", () => {
  const broken = runs.map((run) => run.summary.id === "main-abc-0.8-16-s03" ? cut(run, 10) : run);
  const [abc] = groupsOf(broken, "main");
  const band = bandOf(abc!, "score_mean");
  close(band[9]!.mean, 2 + 0.02);
  close(band[10]!.mean, 2.2 + 0.015);
  assert.deepEqual(seedsOf(abc!), [1, 2]);
  const [comparison] = compareGroups(
    [[abc!, group("terminal")]],
    (run) => runMean(run, "score_mean"),
  );
  assert.deepEqual(comparison!.seeds, [1, 2]);
  assert.equal(collapseOf(abc!.runs[2]!), "broke off");
});

Deno.test("steps to a level: the first step whose mean is there", () => {
  const terminal = bandOf(group("terminal"), "score_mean");
  const best = Math.max(...terminal.map(({ mean }) => mean));
  assert.equal(stepReaching(terminal, best), 30);
  assert.equal(stepReaching(bandOf(group("red"), "score_mean"), best), 10);
  assert.equal(stepReaching(bandOf(group("abc"), "score_mean"), best), 15);
  assert.equal(stepReaching(terminal, best + 1), undefined);
});

Deno.test("over training is the mean of all steps, the ends are ten", () => {
  const [run] = group("terminal").runs;
  const scores = run!.steps.map(({ score_mean }) => score_mean);
  close(runMean(run!, "score_mean"), scores.reduce((sum, each) => sum + each, 0) / 40);
  close(endMean(run!, "score_mean", "first"), 0.55 + 0.01);
  close(endMean(run!, "score_mean", "last"), 3 + 0.01);
});

Deno.test("pairs are of the same seed: a shift of every seed alike leaves no doubt", () => {
  const [comparison, same] = compareGroups(
    [[group("abc"), group("terminal")], [group("abcd"), group("terminal")]],
    (run) => runMean(run, "score_mean"),
  );
  // abc is at 3 from step 15, terminal from step 30: 0.2 t against 0.1 t until then.
  const expected = (0.1 * 120 + (3 * 15 - 0.1 * (465 - 120))) / 40;
  close(comparison!.difference.mean, expected);
  assert.ok(comparison!.holmP < 1e-6);
  assert.equal(comparison!.above, 3);
  assert.ok(Math.abs(same!.difference.mean) < 1e-9);
});

Deno.test("collapse: broken off, negative KL at the end, or below where it began", () => {
  const [job] = plan;
  const of = (change: Parameters<typeof fakeRun>[1]) => collapseOf(fakeRun(job!, change));
  assert.equal(of(undefined), undefined);
  assert.equal(of(({ step }) => ({ kl: step > 20 ? -1 : 1 })), "negative KL");
  assert.equal(of(({ step }) => ({ score_mean: -step })), "below its start");
});

Deno.test("scores by KL: every step with a KL from 0 is in one stretch, none in two", () => {
  const bands = scoresByKl([group("abc"), group("terminal")], 8);
  // KL is a tenth of the step, at most 4: eight stretches of half a nat, and one for 4 itself.
  assert.deepEqual(bands.map(({ from }) => from), [0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
  assert.equal(bands[0]!.scores[0]!.steps, 4 * 3);
  close(bands[0]!.scores[0]!.mean, 0.2 * 2.5 + 0.02);
  close(bands[0]!.scores[1]!.mean, 0.1 * 2.5 + 0.02);
});

Deno.test("the score at a KL is that of the step that first reaches it, and its neighbours", () => {
  const [run] = group("terminal").runs;
  close(scoreAtKl(run!, 0.95), 0.1 * 10 + 0.01);
  assert.ok(Number.isNaN(scoreAtKl(run!, 5)));
});

Deno.test("missing values are left out of a column", () => {
  const [run] = group("abc").runs;
  const steps = run!.steps.map((step) => ({
    ...step,
    judge_mean: step.step % 2 === 0 ? null : step.judge_mean,
  }));
  assert.equal(valuesOf(steps, "judge_mean").length, 20);
});

function cut(run: Run, steps: number): Run {
  return {
    ...run,
    summary: { ...run.summary, complete: false },
    steps: run.steps.slice(0, steps),
  };
}

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-9, `${actual}, not ${expected}`);
}
