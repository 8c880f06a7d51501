import assert from "node:assert/strict";
import { klBudget } from "../../experiment/frontier.ts";
import { groupsOf } from "../../experiment/groups.ts";
import { type Job, planJobs } from "../../experiment/plan.ts";
import {
  comparedBySetting,
  comparedWithinBudget,
  comparedWithUnchanged,
  controlledGroups,
  unitsAgainstSparse,
} from "../../experiment/second_comparisons.ts";
import { fakeRun } from "./fake_run.ts";

/** Runs whose score within the budget of KL is that of their method, and a little of their seed. */
function runsReaching(scores: Readonly<Record<string, number>>) {
  return planJobs(["tuning"])
    .filter(({ klCoefficient, flags }) =>
      klCoefficient === 0.1 && flags?.["learning-rate"] === 0.001 && flags.lambda === 1
    )
    .map((job) =>
      fakeRun(job, ({ step }) => ({
        kl: klBudget * step / 10,
        score_mean: step > 12 ? 9 : scores[job.method]! + job.seed / 100,
      }))
    );
}

Deno.test("tuned settings are compared by their score within the budget of KL", () => {
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

Deno.test("abc at its own setting is compared with its shares in a random order at the same one, seed by seed", () => {
  const jobs = planJobs(["tuned", "tuned-permuted"], { seeds: 5 });
  const settings = (method: string) =>
    jobs.filter((job) => job.method === method)
      .map(({ seed, klCoefficient, flags }) => ({ seed, klCoefficient, flags }));
  assert.deepEqual(settings("permuted"), settings("abc"));
  const runs = jobs.map((job) =>
    fakeRun(job, ({ step }) => ({
      kl: klBudget * step / 10,
      score_mean: (job.method === "permuted" ? 1 : 2) + job.seed / 100,
    }))
  );
  const found = comparedWithinBudget(controlledGroups(runs, "tuned")).at(-1)!;
  assert.deepEqual(
    [found.first, found.second].map((name) => name.split(",")[0]),
    ["abc", "permuted"],
  );
  assert.deepEqual(found.seeds, [101, 102, 103, 104, 105]);
  assert.ok(Math.abs(found.difference.mean - 1) < 1e-9);
});

Deno.test("abc at lambda 0.9 is compared at equal KL with its shares in a random order at the same lambda", () => {
  const jobs = planJobs(["estimator-outer", "estimator-permuted"], { seeds: 5 });
  const runs = jobs.map((job) =>
    fakeRun(job, ({ step }) => ({
      kl: klBudget * step / 10,
      score_mean: (job.method === "permuted" ? 1 : 3) + job.seed / 100,
    }))
  );
  const found = comparedBySetting(controlledGroups(runs, "estimator-outer"))
    .flatMap(({ setting, comparisons }) =>
      comparisons.filter(({ second }) => second.startsWith("permuted"))
        .map(({ first, difference }) => [setting, first.split(",")[0], difference.mean])
    );
  assert.deepEqual(found.map(([setting, first]) => [setting, first]), [
    ["64 tokens, coefficient 0.1, lambda 0.9", "abc"],
  ]);
  assert.ok(Math.abs(Number(found[0]![2]) - 2) < 1e-9);
});

Deno.test("a phase that changes more than one thing is not compared with the frontier, nor is a method by itself", () => {
  const runs = runsReaching({ abc: 1, terminal: 2, red: 4 });
  assert.deepEqual(comparedWithUnchanged(runs, "tuning"), []);
  assert.deepEqual(comparedWithUnchanged(runs, "units"), []);
  const abc = groupsOf(runs, "tuning").filter(({ arm }) => arm.method === "abc");
  assert.deepEqual(comparedWithinBudget(abc), []);
  assert.deepEqual(comparedBySetting(abc), []);
});

Deno.test("red at larger units is compared with the score alone of the same length, critic and algorithm", () => {
  const phases = [
    "frontier",
    "frontier-32",
    "critics",
    "units",
    "units-32",
    "units-critics",
  ] as const;
  const gain = ({ method, flags, maxNewTokens }: Job) =>
    (method === "red" ? 1 : 0) + (flags?.critic === "separate" ? 5 : 0) + maxNewTokens;
  const runs = planJobs(phases, { steps: 12, seeds: 2 }).map((job) =>
    fakeRun(job, ({ step }) => ({ kl: step, score_mean: gain(job) + (step % 2) * job.seed / 100 }))
  );
  const found = unitsAgainstSparse(runs);
  assert.deepEqual(found.map(({ first, second }) => [first, second]), [
    ["red, 64 tokens, coefficient 0.1, per sentence", "terminal, 64 tokens, coefficient 0.1"],
    ["red, 64 tokens, coefficient 0.1, per clause", "terminal, 64 tokens, coefficient 0.1"],
    ["red, 32 tokens, coefficient 0.1, per sentence", "terminal, 32 tokens, coefficient 0.1"],
    ["red, 32 tokens, coefficient 0.1, per clause", "terminal, 32 tokens, coefficient 0.1"],
    ...["per sentence", "per clause"].map((unit) => [
      `red, 64 tokens, coefficient 0.1, a critic of its own, ${unit}`,
      "terminal, 64 tokens, coefficient 0.1, a critic of its own",
    ]),
  ]);
  for (const { difference } of found) assert.ok(Math.abs(difference.mean - 1) < 1e-9);
});
