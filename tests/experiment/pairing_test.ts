import assert from "node:assert/strict";
import { groupsOf } from "../../experiment/groups.ts";
import { mismatchesOf } from "../../experiment/pairing.ts";
import { planJobs } from "../../experiment/plan.ts";
import { fakeRun } from "./fake_run.ts";

const jobs = planJobs(["main"], { steps: 2, seeds: 3 });
/** What the texts of a seed look like, whatever is paid for them. */
const usual = (seed: number) => ({ length_mean: 11 + seed / 10, score_std: 1 + seed / 100 });

Deno.test("runs of a seed that begin with the same texts are pairs, however their scores differ", () => {
  const runs = jobs.map((job) => fakeRun(job, () => usual(job.seed)));
  assert.deepEqual(mismatchesOf(groupsOf(runs, "main")), []);
});

Deno.test("those that begin with others than most are named with their seeds", () => {
  const stray = ({ method, seed }: typeof jobs[number]) =>
    seed === 2 && (method === "uniform" || method === "terminal");
  const runs = jobs.map((job) =>
    fakeRun(job, () => ({ ...usual(job.seed), ...stray(job) ? { score_std: 1.3 } : {} }))
  );
  assert.deepEqual(mismatchesOf(groupsOf(runs, "main")), [
    { name: "uniform", seeds: [2] },
    { name: "terminal", seeds: [2] },
  ]);
});

Deno.test("groups that draw other numbers of prompts are not compared with each other", () => {
  const runs = planJobs(["critic-free"], { steps: 2, seeds: 2 }).map((job) => {
    const perPrompt = Number(job.flags?.["completions-per-prompt"]);
    return fakeRun(job, () => ({ ...usual(job.seed), score_std: perPrompt }));
  });
  assert.deepEqual(mismatchesOf(groupsOf(runs, "critic-free")), []);
});

Deno.test("only the first step counts, and only runs that were completed", () => {
  const later = jobs.map((job) =>
    fakeRun(job, ({ step }) => step === 1 ? usual(job.seed) : { score_std: Math.random() })
  );
  assert.deepEqual(mismatchesOf(groupsOf(later, "main")), []);
  const [broken, ...others] = later;
  const elsewhere = {
    ...broken!,
    summary: { ...broken!.summary, complete: false },
    steps: broken!.steps.map((step) => ({ ...step, score_std: 7 })),
  };
  assert.deepEqual(mismatchesOf(groupsOf([elsewhere, ...others], "main")), []);
});
