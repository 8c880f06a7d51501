import assert from "node:assert/strict";
import { chooseSettings } from "../../experiment/choice.ts";
import { bestWithin, klBudget } from "../../experiment/frontier.ts";
import { planJobs } from "../../experiment/plan.ts";
import { fakeEvaluation, fakeRun } from "./fake_run.ts";

const wanted = { abc: [0.05, 0.001, 1], terminal: [0.1, 0.0003, 0.95], red: [0.1, 0.001, 1] };

/** Of each method one setting is best within the budget, and another only beyond it. */
const runs = planJobs(["tuning"]).map((job) => {
  const setting = [job.klCoefficient, job.flags?.["learning-rate"], job.flags?.lambda];
  const isWanted = String(setting) === String(wanted[job.method as keyof typeof wanted]);
  const evaluations = [
    fakeEvaluation(0, { eval_kl: 0, eval_score_mean: 0 }),
    fakeEvaluation(10, { eval_kl: klBudget, eval_score_mean: isWanted ? 2 : 1 + job.seed / 10 }),
    fakeEvaluation(20, { eval_kl: 4 * klBudget, eval_score_mean: isWanted ? 2 : 9 }),
  ];
  return { ...fakeRun(job), evaluations };
});

Deno.test("of each method the setting is chosen that is best within the budget of KL", () => {
  const choices = chooseSettings(runs);
  const found = Object.fromEntries(
    choices.map(({ method, klCoefficient, flags, score, seeds }) => {
      assert.deepEqual([score, seeds], [2, [1, 2]]);
      return [method, [klCoefficient, flags?.["learning-rate"], flags?.lambda]];
    }),
  );
  assert.deepEqual(found, wanted);
});

Deno.test("nothing is chosen from a part of the runs", () => {
  assert.throws(() => chooseSettings(runs.slice(1)), {
    kind: "bad_usage",
    message: /tuning must be finished: received 89 of 90 runs/,
  });
});

Deno.test("a budget cuts a curve between two of its points", () => {
  const curve = [{ kl: 0, value: 1 }, { kl: 10, value: 3 }, { kl: 20, value: 5 }];
  const share = (Math.sqrt(15) - Math.sqrt(10)) / (Math.sqrt(20) - Math.sqrt(10));
  assert.ok(Math.abs(bestWithin(curve, 15) - (3 + 2 * share)) < 1e-12);
  assert.equal(bestWithin(curve, 100), 5);
  assert.equal(bestWithin([{ kl: 0, value: 1 }, { kl: 10, value: -3 }], 5), 1);
});
