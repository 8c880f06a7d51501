import assert from "node:assert/strict";
import { planJobs, usualPhases } from "../../experiment/plan.ts";
import { writeUp } from "../../experiment/write_up.ts";
import { fakeRun } from "./fake_run.ts";

const judge = { snippets: 0.804, reviews: 0.905 };
const plan = planJobs(usualPhases, { steps: 40, seeds: 5 });

/** A little of every run's own, so that no difference is the same for all seeds. */
const own = (seed: number, method: string) => 0.02 * Math.sin(7 * seed + method.length);

const results = {
  judge,
  runs: plan.map((job) =>
    fakeRun(job, ({ score_mean }) => ({
      score_mean: score_mean + own(job.seed, job.method) +
        (job.phase === "beta" ? job.beta / 2 : 0),
    }))
  ),
};
const { markdown, figures } = writeUp(results);
const text = flat(markdown);

Deno.test("the claims follow from the numbers: above, below, and how many steps", () => {
  assert.match(
    text,
    /- `abc` is above `terminal` in score over training, by 0\.56 \(95 % interval/,
  );
  assert.match(
    text,
    /In score over training, above `terminal`: `abc`, `red` and `gradient`; below: `uniform`/,
  );
  assert.match(
    text,
    /`gradient` reaches 3\.02, the best mean of `terminal` \(step 30\), at step 20, 50 % of all steps/,
  );
  assert.match(text, /below: `uniform`; not told apart: `abcd`\./);
});

Deno.test("turned round, the numbers turn the claims round", () => {
  const swapped = results.runs.map((run) => ({
    ...run,
    steps: run.steps.map((step) => ({ ...step, score_mean: -step.score_mean })),
  }));
  const turned = flat(writeUp({ judge, runs: swapped }).markdown);
  assert.match(turned, /`abc` is below `terminal` in score over training/);
  assert.match(turned, /below its start/);
  assert.doesNotMatch(turned, /`abc` is above `terminal` in score/);
});

Deno.test("without a difference none is claimed", () => {
  const level = planJobs(["main"], { steps: 20, seeds: 5 }).map((job) =>
    fakeRun(job, ({ step }) => ({ score_mean: step / 10 + own(job.seed, job.method) }))
  );
  const claims = flat(writeUp({ judge, runs: level }).markdown);
  assert.match(
    claims,
    /No difference in score over training between `abc` and `terminal` could be shown/,
  );
  assert.doesNotMatch(claims, /is above `|is below `/);
});

Deno.test("phases that were not run are said to be not run", () => {
  const main = results.runs.filter(({ summary }) => summary.phase === "main");
  const part = writeUp({ judge, runs: main }).markdown;
  assert.match(part, /## How much to spread\n\nNot run yet\./);
  assert.match(part, /## Where no text can end\n\nNot run yet\./);
  assert.match(part, /## Longer completions\n\nNot run yet\./);
});

Deno.test("a single run is enough for a page, and for no claim", () => {
  const single = flat(writeUp({ judge, runs: results.runs.slice(0, 1) }).markdown);
  assert.doesNotMatch(single, /NaN|Infinity|undefined/);
  assert.doesNotMatch(single, /` is above|` is below/);
});

Deno.test("the page names seeds, machine, versions, the paper's numbers and the judge", () => {
  assert.match(text, /\| main \|[^|]+\| 6 \| 1 to 5 \| 40 \|/);
  assert.match(
    text,
    /Machines: a processor, 2 cores, 2 runs at once, on the CPU \(main, beta, endless and lengths\)\. Versions: deno 2\.9\.6, onnxruntime-node 1\.30\.0/,
  );
  assert.match(text, /Settings that all runs share: gamma 1, batch 64\./);
  assert.match(text, /8\.32 ± 0\.16/);
  assert.match(text, /right on 80\.4 % of held-out snippets/);
  assert.doesNotMatch(text, /NaN|Infinity|undefined/);
});

Deno.test("beta: a slope that the numbers have is found", () => {
  assert.match(text, /A larger beta gives a higher score over training: slope \+0\.\d+/);
});

Deno.test("where no text can end the methods are compared anew", () => {
  assert.match(
    text,
    /`abc` is above `terminal` in score over training where no text can end, by 0\.56/,
  );
  assert.match(text, /where no text can end, above `uniform`: `abc` and `red`; below: none/);
});

Deno.test("a phase on another machine is said to be", () => {
  const elsewhere = results.runs.map((run) => {
    const { summary } = run;
    if (summary.phase !== "lengths") return run;
    return { ...run, summary: { ...summary, machine: { ...summary.machine, device: "cuda" } } };
  });
  const page = flat(writeUp({ judge, runs: elsewhere }).markdown);
  assert.match(page, /on the CPU \(main, beta and endless\); a processor, .* on CUDA \(lengths\)/);
  assert.match(page, /\| abc, 16 tokens +\| CUDA \|/);
});

Deno.test("the judge: its rise is half the reward's, as it was made, and is weighed by length", () => {
  const found = text.match(
    /Under `abc` the reward model's score changes by \+([\d.]+); the judge's rises too \(\+([\d.]+), 95 %/,
  );
  const [rise, judged] = [Number(found?.[1]), Number(found?.[2])];
  assert.ok(Math.abs(judged / rise - 0.5) < 0.02, `${judged} of ${rise}`);
  assert.match(text, /At the end, compared by the judge's score per token:/);
});

Deno.test("every figure that the page shows exists, and the other way round", () => {
  const shown = [...markdown.matchAll(/\]\(experiment\/([^)]+\.svg)\)/g)].map((match) => match[1]);
  assert.deepEqual(shown.toSorted(), Object.keys(figures).toSorted());
  for (const svg of Object.values(figures)) assert.ok(!svg.includes("NaN"));
});

Deno.test("a discussion is copied as it is; the same results give the same page", () => {
  assert.match(writeUp(results, "## Mine\n\nWords.\n").markdown, /\n## Mine\n\nWords\.\n\n## What/);
  assert.equal(writeUp(results).markdown, markdown);
});

/** On one line, so that it does not matter where lines are broken. */
function flat(page: string): string {
  return page.replace(/\s+/g, " ");
}
