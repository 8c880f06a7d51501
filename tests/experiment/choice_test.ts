import assert from "node:assert/strict";
import { chooseSettings } from "../../experiment/choice.ts";
import { klBudget, valueWithin } from "../../experiment/frontier.ts";
import { planJobs } from "../../experiment/plan.ts";
import { fakeRun } from "./fake_run.ts";

const wanted = { abc: [0.05, 0.001, 1], terminal: [0.1, 0.0003, 0.95], red: [0.1, 0.001, 1] };

/** Of each method one setting is best within the budget, and another only beyond it. */
const runs = planJobs(["tuning"]).map((job) => {
  const setting = [job.klCoefficient, job.flags?.["learning-rate"], job.flags?.lambda];
  const isWanted = String(setting) === String(wanted[job.method as keyof typeof wanted]);
  const within = isWanted ? 2 : 1 + job.seed / 10;
  return fakeRun(job, ({ step }) => ({
    kl: klBudget * step / 10,
    score_mean: step <= 12 ? within : isWanted ? 2 : 9,
  }));
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

Deno.test("a curve has for a budget what is before its end, or its own end", () => {
  const curve = Array.from({ length: 31 }, (_, kl) => ({ kl, value: kl }));
  assert.ok(Math.abs(valueWithin(curve, 12) - 11) < 0.01, "the mean from 10 to 12 nats");
  assert.equal(valueWithin(curve, 100), 28, "the mean of the last five");
  const falling = [{ kl: 0, value: 5 }, { kl: 12, value: 1 }, { kl: 30, value: 9 }];
  assert.ok(valueWithin(falling, 12) < 1.5, "and not the best");
});
