import assert from "node:assert/strict";
import { klBudget } from "../../experiment/frontier.ts";
import { groupsOf } from "../../experiment/groups.ts";
import { planJobs } from "../../experiment/plan.ts";
import {
  comparedBySetting,
  comparedWithinBudget,
  comparedWithUnchanged,
} from "../../experiment/second_comparisons.ts";
import { fakeEvaluation, fakeRun } from "./fake_run.ts";

/** Runs whose best score within the budget of KL is that of their method, and a little of their seed. */
function runsReaching(scores: Readonly<Record<string, number>>) {
  return planJobs(["tuning"])
    .filter(({ klCoefficient, flags }) =>
      klCoefficient === 0.1 && flags?.["learning-rate"] === 0.001 && flags.lambda === 1
    )
    .map((job) => {
      const score = scores[job.method]! + job.seed / 100;
      const evaluations = [
        fakeEvaluation(0, { eval_kl: 0, eval_score_mean: 0 }),
        fakeEvaluation(10, { eval_kl: klBudget, eval_score_mean: score }),
        fakeEvaluation(20, { eval_kl: 4 * klBudget, eval_score_mean: 9 }),
      ];
      return { ...fakeRun(job), evaluations };
    });
}

Deno.test("tuned settings are compared by their best score within the budget of KL", () => {
  const runs = runsReaching({ abc: 1, terminal: 2, red: 4 });
  const found = comparedWithinBudget(groupsOf(runs, "tuning"));
  const differences = found.map(({ first, second, difference }) => [
    first.split(",")[0],
    second.split(",")[0],
    Math.round(100 * difference.mean) / 100,
  ]);
  assert.deepEqual(differences, [["abc", "terminal", -1], ["red", "terminal", 2], [
    "red",
    "abc",
    3,
  ]]);
});

Deno.test("a phase that changes more than one thing is not compared with the frontier, nor is a method by itself", () => {
  const runs = runsReaching({ abc: 1, terminal: 2, red: 4 });
  assert.deepEqual(comparedWithUnchanged(runs, "tuning"), []);
  assert.deepEqual(comparedWithUnchanged(runs, "units"), []);
  const abc = groupsOf(runs, "tuning").filter(({ arm }) => arm.method === "abc");
  assert.deepEqual(comparedWithinBudget(abc), []);
  assert.deepEqual(comparedBySetting(abc), []);
});
