import assert from "node:assert/strict";
import { join } from "node:path";
import { planJobs, usualPhases } from "../../experiment/plan.ts";
import { readResults, writeResults } from "../../experiment/results.ts";
import { Work } from "../../experiment/work.ts";
import { report, writeUp } from "../../experiment/write_up.ts";
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
    /`gradient` reaches 3\.02, the best mean of `terminal` \(step 30\), at step 20, 67 % of the way/,
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
    /Machines: a processor, 2 cores, 2 runs at once, on the CPU \(main, beta, endless, masked and lengths\)\. Versions: deno 2\.9\.6, onnxruntime-node 1\.30\.0/,
  );
  assert.match(text, /Settings that all runs share: gamma 1, batch 64\./);
  assert.match(text, /8\.32 ± 0\.16/);
  assert.match(text, /right on 80\.4 % of held-out snippets/);
  assert.doesNotMatch(text, /NaN|Infinity|undefined/);
});

Deno.test("beta: a slope that the numbers have is found", () => {
  assert.match(text, /On the whole the score over training rises with beta: slope \+0\.\d+/);
  assert.match(text, /In score over training, above `abc, beta 0`: `abc, beta 0\.2`, /);
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
  assert.match(
    page,
    /on the CPU \(main, beta, endless and masked\); a processor, .* on CUDA \(lengths\)/,
  );
  assert.match(page, /\| abc, 16 tokens +\| CUDA \|/);
});

Deno.test("the judge's score is shared among the tokens that are text, the end token not among them", () => {
  // Twelve tokens, half of the texts with an end token; the judge has half the score, which is 3.
  const level = planJobs(["main"], { steps: 20, seeds: 2 }).map((job) =>
    fakeRun(job, () => ({ score_mean: 3, judge_mean: 1.5, judged_score_mean: 2 }))
  );
  const page = flat(writeUp({ judge, runs: level }).markdown);
  // The gap is between the scores of the same samples.
  assert.match(page, /\| `abc` \| 3, 3 \| 1\.5, 1\.5 \| 0\.5 ± 0 \| 0\.13 ± 0 \|/);
});

Deno.test("every run that collapsed is told in short, in whatever phase, by seed and reason", () => {
  const gone = ["main-red-0.8-16-s02", "beta-abc-0-16-s04", "endless-uniform-0.8-16-s01"];
  const runs = results.runs.map((run) => {
    if (!gone.includes(run.summary.id)) return run;
    return { ...run, steps: run.steps.map((step) => ({ ...step, kl: step.step > 20 ? -2 : 1 })) };
  });
  const page = flat(writeUp({ judge, runs }).markdown);
  const [inShort] = page.split("## What was run");
  for (
    const sentence of [
      "Of `red` 1 of 5 runs collapsed: seed 2 (negative KL, KL at the end −2).",
      "Of `abc, beta 0` 1 of 5 runs collapsed: seed 4 (negative KL, KL at the end −2).",
      "Where no text can end: Of `uniform` 1 of 5 runs collapsed: seed 1 (negative KL",
    ]
  ) assert.ok(inShort!.includes(sentence), sentence);
  assert.match(page, /\| `uniform` \| 5 \|[^|]+\|[^|]+\|[^|]+\| 1 of 5 \(negative KL\) \|/);
  assert.doesNotMatch(text, /runs collapsed:/);
});

Deno.test("runs of a seed that did not begin with the same texts are said not to have", () => {
  assert.match(text, /differ in what is compared, and begin with the same texts\. Machines:/);
  const runs = results.runs.map((run) => {
    if (run.summary.phase !== "main" || run.summary.method !== "abc") return run;
    return { ...run, steps: run.steps.map((step) => ({ ...step, length_mean: 13 })) };
  });
  const page = flat(writeUp({ judge, runs }).markdown);
  assert.match(
    page,
    /but for `abc` \(seed 1 to 5\) and `abc, beta 0\.8` \(seed 1 to 5\): these had/,
  );
});

Deno.test("KL that falls again is said to", () => {
  const runs = results.runs.map((run) => {
    if (run.summary.method !== "terminal") return run;
    const steps = run.steps.map((step) => ({ ...step, kl: step.step > 20 ? 1 : step.kl }));
    return { ...run, steps };
  });
  const page = flat(writeUp({ judge, runs }).markdown);
  assert.match(
    page,
    /KL of `terminal` is highest at step 20, 2, and 1 ± 0 over the last ten steps/,
  );
  assert.doesNotMatch(text, /The KL of `/);
});

Deno.test("seeds with a gap are listed one by one", () => {
  const runs = results.runs.filter(({ summary: { phase, seed } }) =>
    phase === "main" && seed !== 2
  );
  assert.match(
    flat(writeUp({ judge, runs }).markdown),
    /\| main \|[^|]+\| 6 \| 1, 3, 4 and 5 \| 40 \|/,
  );
});

Deno.test("publishing a folder leaves the runs that it does not hold", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = results.runs;
  writeResults(join(folder, "docs", "experiment"), { judge, runs: [first!] });
  const work = new Work(join(folder, "work"));
  work.writeJson({ accuracy: judge }, "judge.json");
  work.writeLines("metrics", second!.summary.id, second!.steps);
  work.writeJson(second!.summary, "summaries", `${second!.summary.id}.json`);
  assert.equal(report(["--work", work.folder, "--out", join(folder, "docs")]), 0);
  const { runs } = readResults(join(folder, "docs", "experiment"));
  assert.deepEqual(
    runs.map(({ summary }) => summary.id).toSorted(),
    [first!.summary.id, second!.summary.id].toSorted(),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the judge: its rise is half the reward's, as it was made, and is weighed by length", () => {
  const found = text.match(
    /Under `abc` the reward model's score changes by \+([\d.]+); the judge's rises \(\+([\d.]+), 95 %/,
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
