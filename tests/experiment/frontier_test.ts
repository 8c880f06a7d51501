import assert from "node:assert/strict";
import {
  allReach,
  byCoefficient,
  compareAtEqualKl,
  frontierGroups,
  judgeCurve,
  type KlPoint,
  meanBetween,
  stepCurve,
  unseenGaps,
  valueAtKl,
} from "../../experiment/frontier.ts";
import type { Group } from "../../experiment/groups.ts";
import { planJobs } from "../../experiment/plan.ts";
import type { Run } from "../../experiment/results.ts";
import { fakeEvaluation, fakeRun } from "./fake_run.ts";

/** What the square root of KL gains with each method, whatever the coefficient. */
const gains: Readonly<Record<string, number>> = {
  abc: 0.2,
  terminal: 0.1,
  red: 0.3,
  permuted: 0.2,
};

/** A small offset per seed, alike for all methods. */
const own = (seed: number) => 0.5 * Math.sin(seed);

/** Runs whose KL grows faster the smaller their coefficient, and faster with terminal than with others. */
const runs = planJobs(["frontier"], { steps: 20, seeds: 3 }).map((job): Run => {
  const pace = (job.method === "terminal" ? 0.12 : 0.08) / job.klCoefficient!;
  return {
    ...fakeRun(job, ({ step }) => ({ kl: pace * step, judge_mean: pace * step * 0.05 })),
    evaluations: [0, 10, 20].map((step) =>
      fakeEvaluation(step, {
        eval_kl: pace * step,
        eval_score_mean: own(job.seed) + gains[job.method]! * Math.sqrt(pace * step),
      })
    ),
  };
});

Deno.test("a value at a KL is interpolated where the curve first reaches it", () => {
  const curve = [{ kl: 0, value: 1 }, { kl: 4, value: 3 }, { kl: 2, value: 9 }, {
    kl: 6,
    value: 5,
  }];
  assert.equal(valueAtKl(curve, 0), 1);
  assert.equal(valueAtKl(curve, 1), 2, "half of the way from 0 to the root of 4");
  assert.equal(valueAtKl(curve, 4), 3);
  const share = (Math.sqrt(5) - Math.sqrt(2)) / (Math.sqrt(6) - Math.sqrt(2));
  assert.ok(Math.abs(valueAtKl(curve, 5) - (9 - 4 * share)) < 1e-12);
  assert.ok(Number.isNaN(valueAtKl(curve, 6.1)));
  assert.ok(Number.isNaN(valueAtKl([{ kl: 1, value: 1 }], 0.5)), "before the first point");
});

Deno.test("the mean over an interval is that of a short line's middle", () => {
  const curve = [4, 5, 6, 10].map((kl) => ({ kl, value: 2 * kl }));
  assert.ok(Math.abs(meanBetween(curve, { from: 4, to: 6 }) - 10) < 0.02);
  assert.ok(Number.isNaN(meanBetween(curve, { from: 8, to: 12 })));
});

/** The score on prompts that the run was not trained on, by KL. */
function scoreCurve({ evaluations }: Run): KlPoint[] {
  return evaluations.map(({ eval_kl, eval_score_mean }) => ({
    kl: eval_kl,
    value: eval_score_mean,
  }));
}

const groupsAt = (coefficient: number, part: readonly Run[] = runs) =>
  frontierGroups(part, 64).filter(({ arm }) => arm.klCoefficient === coefficient);

const pairOf = (groups: readonly Group[], methods: readonly [string, string]) =>
  methods.map((method) => groups.find(({ arm }) => arm.method === method)!) as [Group, Group];

Deno.test("an interval is reached by groups all of whose runs get to its end", () => {
  // Of a pace of 0.8 nats per step and 1.2, 20 steps; twice as fast at half the coefficient.
  assert.ok(allReach(groupsAt(0.1), { from: 0, to: 15.9 }, scoreCurve));
  assert.ok(!allReach(groupsAt(0.1), { from: 0, to: 16.1 }, scoreCurve));
  assert.ok(allReach(groupsAt(0.05), { from: 0, to: 31.9 }, scoreCurve));
});

Deno.test("groups are taken apart by coefficient, the usual one first", () => {
  assert.deepEqual(byCoefficient(frontierGroups(runs)).map(([each]) => each), [0.1, 0.05]);
});

Deno.test("at equal KL a method does not gain by going further", () => {
  const groups = groupsAt(0.1);
  assert.equal(groups.length, 4);
  const { difference, seeds, above } = compareAtEqualKl(
    pairOf(groups, ["abc", "terminal"]),
    scoreCurve,
  );
  assert.deepEqual([...seeds, above], [1, 2, 3, 3]);
  // A tenth per root of a nat: the mean root from 5 to 9.5 nats.
  const meanRoot = (a: number, b: number) => (b ** 1.5 - a ** 1.5) / (1.5 * (b - a));
  assert.ok(Math.abs(difference.mean - 0.1 * meanRoot(5, 9.5)) < 1e-3);
  assert.ok(difference.sd < 1e-9, "seeds that are alike in both do not count");
  const place = compareAtEqualKl(pairOf(groups, ["abc", "permuted"]), scoreCurve);
  assert.ok(Math.abs(place.difference.mean) < 1e-9);
});

Deno.test("a seed that a method lacks, or that does not get so far, is not compared", () => {
  const part = runs.filter(({ summary }) => summary.method !== "terminal" || summary.seed !== 2);
  const pair = pairOf(groupsAt(0.1, part), ["abc", "terminal"]);
  assert.deepEqual(compareAtEqualKl(pair, scoreCurve).seeds, [1, 3]);
  const far = compareAtEqualKl(pair, scoreCurve, { from: 10, to: 17 });
  assert.deepEqual(far.seeds, []);
});

Deno.test("the gap to unseen prompts is measured between the steps around an evaluation", () => {
  const [run] = runs;
  // The evaluation after step 10 against steps 9 to 12; nothing follows the one after step 20.
  const near = run!.steps.slice(8, 12).reduce((sum, { score_mean }) => sum + score_mean, 0) / 4;
  const [gap, ...more] = unseenGaps(run!);
  assert.deepEqual(more, []);
  assert.ok(Math.abs(gap! - (run!.evaluations[1]!.eval_score_mean - near)) < 1e-12);
});

Deno.test("a score that grows with the root of KL is known between two evaluations", () => {
  const [far] = runs.filter(({ summary: { method, seed } }) => method === "red" && seed === 1);
  const curve = [scoreCurve(far!)[0]!, scoreCurve(far!)[2]!];
  assert.ok(Math.abs(valueAtKl(curve, 3) - (own(1) + 0.3 * Math.sqrt(3))) < 1e-9);
});

Deno.test("scores of every step are averaged with those beside them", () => {
  const [run] = runs;
  const curve = stepCurve(run!);
  assert.equal(curve.length, 20);
  assert.ok(Math.abs(curve[10]!.kl - 0.8 * 11) < 1e-9);
  const near = run!.steps.slice(9, 12).map(({ score_mean }) => score_mean);
  assert.ok(Math.abs(curve[10]!.value - near.reduce((sum, each) => sum + each, 0) / 3) < 1e-9);
});

Deno.test("the judge's curve is averaged over neighbouring steps", () => {
  const [run] = runs;
  const curve = judgeCurve(run!);
  assert.equal(curve.length, 20);
  // In the middle of a straight line the average is the value, and at its ends that of the window.
  assert.ok(Math.abs(curve[10]!.kl - 0.8 * 11) < 1e-9);
  assert.ok(Math.abs(curve[10]!.value - 0.8 * 11 * 0.05) < 1e-9);
  assert.ok(Math.abs(curve[0]!.kl - 0.8 * 2.5) < 1e-9);
});
