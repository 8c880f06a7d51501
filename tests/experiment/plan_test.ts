import assert from "node:assert/strict";
import { methods } from "../../experiment/arms.ts";
import { trainerFlags } from "../../experiment/flags.ts";
import {
  armName,
  fullScale,
  phaseNames,
  phases,
  phasesNamed,
  planJobs,
  usualPhases,
} from "../../experiment/plan.ts";
import { frontierPhases } from "../../experiment/second_edition.ts";
import { readArguments } from "../../src/cli/arguments.ts";
import { ppo } from "../../src/cli/ppo.ts";

const plan = planJobs(usualPhases);

Deno.test("the usual phases are 170 runs: 60, 25, 20, 20 and 45", () => {
  const counts = Object.groupBy(plan, ({ phase }) => phase);
  assert.deepEqual(
    Object.entries(counts).map(([phase, jobs]) => [phase, jobs.length]),
    [["main", 60], ["beta", 25], ["endless", 20], ["masked", 20], ["lengths", 45]],
  );
});

Deno.test("wherever a phase is broken off, its arms have the same seeds but for the last", () => {
  const main = plan.filter(({ phase }) => phase === "main");
  for (let done = 1; done <= main.length; done++) {
    const seeds = methods.filter((method) => method !== "permuted").map((method) =>
      main.slice(0, done).filter((job) => job.method === method).length
    );
    assert.ok(Math.max(...seeds) - Math.min(...seeds) <= 1, `after ${done} runs: ${seeds}`);
  }
});

Deno.test("every run has a name of its own that a file may have", () => {
  const ids = planJobs(phaseNames).map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.equal(ids[0], "main-abc-0.8-16-s01");
  for (const id of ids) assert.match(id, /^[a-z0-9.-]+$/);
});

Deno.test("only longer completions may end before the 8th token", () => {
  for (const { phase, minNewTokens, maxNewTokens } of planJobs(["main", "beta", "lengths"])) {
    assert.equal(minNewTokens, phase === "lengths" ? 1 : 8);
    assert.ok(phase === "lengths" || maxNewTokens === 16);
  }
});

Deno.test("completions that cannot end are all of one length", () => {
  for (const { minNewTokens, maxNewTokens, varyLength } of planJobs(["endless", "masked"])) {
    assert.deepEqual([minNewTokens, maxNewTokens, varyLength], [16, 16, false]);
  }
});

Deno.test("phases come in the plan's order, however they are named", () => {
  const names = planJobs(phasesNamed("lengths, main")).map(({ phase }) => phase);
  assert.deepEqual([...new Set(names)], ["main", "lengths"]);
  assert.throws(() => phasesNamed("main,all"), { kind: "bad_usage", message: /received 'all'/ });
});

Deno.test("a smaller scale takes the first seeds of the larger one", () => {
  const small = planJobs(["main"], { steps: 7, seeds: 2 });
  assert.equal(small.length, 12);
  assert.ok(small.every(({ steps }) => steps === 7));
  assert.deepEqual(
    small.map(({ id }) => id),
    planJobs(["main"], fullScale).slice(0, 12).map(({ id }) => id),
  );
});

Deno.test("the frontier has every method at every coefficient with 64 tokens, at the lower with 32, at 0.1 with 128", () => {
  const jobs = planJobs(frontierPhases);
  const cells = jobs.map(({ method, klCoefficient, maxNewTokens }) =>
    `${method} ${klCoefficient} ${maxNewTokens}`
  );
  const counts = Map.groupBy(cells, (cell) => cell);
  assert.equal(counts.size, 4 * 4 + 4 * 3 + 4);
  assert.ok([...counts.values()].every(({ length }) => length === 5));
  for (const { minNewTokens, maxNewTokens, forbiddenEnd, evaluated, steps } of jobs) {
    assert.equal(minNewTokens, maxNewTokens);
    assert.deepEqual([forbiddenEnd, evaluated, steps], ["masked", true, 50]);
  }
  assert.equal(jobs[0]!.id, "frontier-abc-64-tokens-coefficient-0.1-s01");
});

Deno.test("methods are compared without a critic, in groups of completions of one prompt", () => {
  const jobs = planJobs(["critic-free"]);
  assert.equal(jobs.length, 2 * 3 * 5);
  const groups = new Set(jobs.map(({ flags }) => JSON.stringify(flags)));
  assert.deepEqual([...groups], [
    '{"algorithm":"rloo","completions-per-prompt":4}',
    '{"algorithm":"grpo","completions-per-prompt":8}',
  ]);
});

Deno.test("methods are compared where the reward model reads the end of a text, and where it does not", () => {
  const jobs = planJobs(["read-end"]);
  assert.equal(jobs.length, 2 * 3 * 5);
  assert.deepEqual(
    [jobs[0]!.id, jobs[3]!.id],
    ["read-end-abc-end-read-s01", "read-end-abc-end-not-read-s01"],
  );
  for (const { minNewTokens, maxNewTokens, varyLength, forbiddenEnd } of jobs) {
    assert.deepEqual([minNewTokens, maxNewTokens, varyLength, forbiddenEnd], [
      8,
      16,
      true,
      "masked",
    ]);
  }
});

Deno.test("methods are compared under a smaller reward model and under one trained by pairs", () => {
  const jobs = planJobs(["reward-models"]);
  assert.equal(jobs.length, 2 * 3 * 5);
  assert.equal(
    jobs[0]!.id,
    "reward-models-abc-64-tokens-coefficient-0.1-reward-model-small-s01",
  );
  assert.deepEqual(
    new Set(jobs.map(({ rewardModel }) => rewardModel)),
    new Set(["small", "pairs"]),
  );
});

Deno.test("settings that were chosen run with seeds that had no part in the choice", () => {
  assert.ok(phases.tuned.firstSeed > phases.tuning.seeds);
  assert.ok(phases.tuned.seeds >= 10);
  if (phases.tuned.arms.length > 0) return assert.equal(phases.tuned.arms.length, 3);
  assert.throws(() => phasesNamed("tuned"), {
    kind: "bad_usage",
    message: /tuned as no setting has been chosen/,
  });
});

Deno.test("the trainer knows every flag of the plan", () => {
  const surroundings = {
    serverUrl: "http://127.0.0.1:1",
    permutingUrl: "http://127.0.0.1:2",
    policy: "p",
    prompts: { all: "a", trained: "t", heldOut: "h" },
    device: "cpu",
    out: "o",
    more: [],
  };
  for (const job of planJobs(phaseNames, { seeds: 1 })) {
    const words = trainerFlags(job, surroundings);
    readArguments({ ...ppo, command: "ppo" }, { words, variable: () => undefined });
  }
});

Deno.test("a number of steps that is given replaces those of every phase", () => {
  assert.equal(planJobs(["main"])[0]!.steps, 100);
  assert.equal(planJobs(["frontier"])[0]!.steps, 50);
  assert.equal(planJobs(["frontier"], { steps: 3, seeds: 1 })[0]!.steps, 3);
});

Deno.test("arms are called by what distinguishes them in their phase", () => {
  const arm = {
    method: "abc",
    beta: 0.4,
    minNewTokens: 1,
    maxNewTokens: 32,
    varyLength: false,
    forbiddenEnd: "counted",
  } as const;
  assert.equal(armName("main", arm), "abc");
  assert.equal(armName("endless", arm), "abc");
  assert.equal(armName("beta", arm), "abc, beta 0.4");
  assert.equal(armName("lengths", arm), "abc, 32 tokens");
  assert.equal(
    armName("frontier", { ...arm, klCoefficient: 0.05 }),
    "abc, 32 tokens, coefficient 0.05",
  );
});
