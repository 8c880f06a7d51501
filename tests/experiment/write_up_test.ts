import assert from "node:assert/strict";
import { join } from "node:path";
import { type Job, planJobs, usualPhases } from "../../experiment/plan.ts";
import { readResults, type Run, writeResults } from "../../experiment/results.ts";
import { firstWeights } from "../../experiment/reward_models.ts";
import { Work } from "../../experiment/work.ts";
import { report, writeUp } from "../../experiment/write_up.ts";
import { fakeEvaluation, fakeRun } from "./fake_run.ts";

const judge = { snippets: 0.804, reviews: 0.905 };
const plan = planJobs(usualPhases, { steps: 40, seeds: 5 });

/** A small offset per run, so that differences vary over seeds. */
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
  assert.match(text, /below: `uniform`; no difference shown: `abcd`\./);
});

Deno.test("negated numbers reverse the claims", () => {
  const swapped = results.runs.map((run) => ({
    ...run,
    steps: run.steps.map((step) => ({ ...step, score_mean: -step.score_mean })),
  }));
  const turned = flat(writeUp({ judge, runs: swapped }).markdown);
  assert.match(turned, /`abc` is below `terminal` in score over training/);
  assert.match(turned, /below its start/);
  assert.doesNotMatch(turned, /`abc` is above `terminal` in score/);
});

Deno.test("without a difference no difference is claimed", () => {
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

Deno.test("phases without runs are marked as not run", () => {
  const main = results.runs.filter(({ summary }) => summary.phase === "main");
  const part = writeUp({ judge, runs: main }).markdown;
  assert.match(part, /## Beta\n\nNot run yet\./);
  assert.match(part, /## Without EOS\n\nNot run yet\./);
  assert.match(part, /## Longer completions\n\nNot run yet\./);
});

Deno.test("a single run gives a document without claims", () => {
  const single = flat(writeUp({ judge, runs: results.runs.slice(0, 1) }).markdown);
  assert.doesNotMatch(single, /NaN|Infinity|undefined/);
  assert.doesNotMatch(single, /` is above|` is below/);
});

Deno.test("the document has seeds, machine, versions, the paper's numbers and the judge", () => {
  assert.match(text, /\| main \|[^|]+\| 6 \| 1 to 5 \| 40 \|/);
  assert.match(
    text,
    /Machines: a processor, 2 cores, 2 runs at once, on the CPU \(main, beta, endless, masked and lengths\)\. Versions: deno 2\.9\.6, onnxruntime-node 1\.30\.0/,
  );
  assert.match(text, /Settings of all runs: gamma 1, batch 64\./);
  assert.match(text, /8\.32 ± 0\.16/);
  assert.match(text, /classifies 80\.4 % of held-out snippets correctly/);
  assert.doesNotMatch(text, /NaN|Infinity|undefined/);
});

Deno.test("beta: a slope in the numbers is found", () => {
  assert.match(text, /The score over training rises with beta: slope \+0\.\d+/);
  assert.match(text, /In score over training, above `abc, beta 0`: `abc, beta 0\.2`, /);
});

Deno.test("the methods are also compared without EOS", () => {
  assert.match(
    text,
    /`abc` is above `terminal` in score over training without EOS, by 0\.56/,
  );
  assert.match(text, /without EOS, above `uniform`: `abc` and `red`; below: none/);
});

Deno.test("a phase on another machine is stated", () => {
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

Deno.test("the judge's score is divided by the tokens without EOS", () => {
  // Twelve tokens, half of the texts with an end token; the judge has half the score, which is 3.
  const level = planJobs(["main"], { steps: 20, seeds: 2 }).map((job) =>
    fakeRun(job, () => ({ score_mean: 3, judge_mean: 1.5, judged_score_mean: 2 }))
  );
  const page = flat(writeUp({ judge, runs: level }).markdown);
  // The gap is between the scores of the same samples.
  assert.match(page, /\| `abc` \| 3, 3 \| 1\.5, 1\.5 \| 0\.5 ± 0 \| 0\.13 ± 0 \|/);
});

Deno.test("every collapsed run of any phase is in the summary, with its seed and reason", () => {
  const gone = ["main-red-0.8-16-s02", "beta-abc-0-16-s04", "endless-uniform-0.8-16-s01"];
  const runs = results.runs.map((run) => {
    if (!gone.includes(run.summary.id)) return run;
    return { ...run, steps: run.steps.map((step) => ({ ...step, kl: step.step > 20 ? -2 : 1 })) };
  });
  const page = flat(writeUp({ judge, runs }).markdown);
  const [summary] = page.split("## Setup");
  for (
    const sentence of [
      "Of `red` 1 of 5 runs collapsed: seed 2 (negative KL, KL at the end −2).",
      "Of `abc, beta 0` 1 of 5 runs collapsed: seed 4 (negative KL, KL at the end −2).",
      "Without EOS: Of `uniform` 1 of 5 runs collapsed: seed 1 (negative KL",
    ]
  ) assert.ok(summary!.includes(sentence), sentence);
  assert.match(page, /\| `uniform` \| 5 \|[^|]+\|[^|]+\|[^|]+\| 1 of 5 \(negative KL\) \|/);
  assert.doesNotMatch(text, /runs collapsed:/);
});

Deno.test("runs of a seed that do not start with the same texts are stated", () => {
  assert.match(text, /differ only in what is compared, and start with the same texts\. Machines:/);
  const runs = results.runs.map((run) => {
    if (run.summary.phase !== "main" || run.summary.method !== "abc") return run;
    return { ...run, steps: run.steps.map((step) => ({ ...step, length_mean: 13 })) };
  });
  const page = flat(writeUp({ judge, runs }).markdown);
  assert.match(
    page,
    /except for `abc` \(seed 1 to 5\) and `abc, beta 0\.8` \(seed 1 to 5\): these had/,
  );
});

Deno.test("a KL that falls again is stated", () => {
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

Deno.test("publishing a folder keeps published runs that it lacks", async () => {
  const folder = await Deno.makeTempDir();
  const [first, second] = results.runs;
  writeResults(join(folder, "docs", "experiment"), { judge, runs: [first!] });
  const work = new Work(join(folder, "work"));
  work.writeJson({ accuracy: judge }, "judge.json");
  work.writeLines("metrics", second!.summary.id, second!.steps);
  work.writeJson(second!.summary, "summaries", `${second!.summary.id}.json`);
  assert.equal(report({ work: work.folder, out: join(folder, "docs") }), 0);
  const { runs } = readResults(join(folder, "docs", "experiment"));
  assert.deepEqual(
    runs.map(({ summary }) => summary.id).toSorted(),
    [first!.summary.id, second!.summary.id].toSorted(),
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("the judge: its rise is half the reward's, as constructed, and is compared per token", () => {
  const found = text.match(
    /With `abc` the reward model's score changes by \+([\d.]+); the judge's score rises \(\+([\d.]+), 95 %/,
  );
  const [rise, judged] = [Number(found?.[1]), Number(found?.[2])];
  assert.ok(Math.abs(judged / rise - 0.5) < 0.02, `${judged} of ${rise}`);
  assert.match(text, /At the end, compared by the judge's score per token:/);
});

Deno.test("every figure of the document exists, and every figure is used", () => {
  const shown = [...markdown.matchAll(/\]\(experiment\/([^)]+\.svg)\)/g)].map((match) => match[1]);
  assert.deepEqual(shown.toSorted(), Object.keys(figures).toSorted());
  for (const svg of Object.values(figures)) assert.ok(!svg.includes("NaN"));
});

Deno.test("a discussion is copied unchanged; the same results give the same document", () => {
  assert.match(
    writeUp(results, "## Mine\n\nWords.\n").markdown,
    /\n## Mine\n\nWords\.\n\n## Limitations/,
  );
  assert.equal(writeUp(results).markdown, markdown);
});

/** On one line, so that line breaks do not matter. */
/** A run that gains so much per nat of KL, in training as on unseen prompts. */
function gaining(job: Job, gain: number): Run {
  const evaluations = [0, 10, 20].map((step) =>
    fakeEvaluation(step, { eval_kl: step / 2, eval_score_mean: gain * step / 2 })
  );
  const run = fakeRun(job, ({ step }) => ({ kl: step / 2, score_mean: gain * step / 2 }));
  return { ...run, evaluations };
}

/** Runs of the frontier in which abc gains more per nat than terminal, and red more than both. */
function frontierRuns(seeds: number) {
  const gains: Readonly<Record<string, number>> = {
    abc: 0.2,
    terminal: 0.1,
    red: 0.3,
    permuted: 0.2,
  };
  return planJobs(["frontier"], { steps: 24, seeds }).map((job) => {
    return gaining(job, gains[job.method]! + 0.02 * Math.sin(job.seed * job.method.length));
  });
}

/** What stands before the first section. */
const answerOf = (runs: ReturnType<typeof frontierRuns>) =>
  flat(writeUp({ judge, runs: [...results.runs, ...runs] }).markdown.split("## Summary")[0]!);

Deno.test("the answer comes first, from the first edition until the second has five seeds", () => {
  const none = answerOf([]);
  assert.match(none, /^# [^*]+ \*\*Which credit should I use\?\*\* With one KL coefficient, 0\.1/);
  assert.match(
    none,
    /these are whole: none; begun: none; not begun: `frontier`, `frontier-outer`/,
  );
  assert.doesNotMatch(none, /For what|Differences between methods|What a change brings/);
  const one = answerOf(frontierRuns(1));
  assert.match(
    one,
    /\| `abc` - `terminal` \| .*\| 64 tokens \| \+0\.\d+ \(few seeds\) \|.* \| 1 \|/,
  );
  assert.doesNotMatch(one, /For what/);
  assert.match(one, /With one KL coefficient/);
  assert.match(one, /fewer than 5 decide nothing/);
  assert.match(one, /whole: none; begun: `frontier` \(8 of 40 runs\); not begun: `frontier-outer`/);
});

Deno.test("with five seeds the answer is that at equal KL", () => {
  const page = answerOf(frontierRuns(5));
  assert.match(
    page,
    /Which credit should I use\?\*\* `red`, per token, if the reward model is causal/,
  );
  assert.doesNotMatch(page, /could be shown/);
  assert.match(
    page,
    /score of `red` differs by \+[\d.]+ to \+[\d.]+ over 2 settings; it is shown to be higher in 2 \(64 tokens; 64 tokens, coefficient 0\.05\) and lower in none; the score of `abc` differs by/,
  );
  assert.match(page, /\| 64 tokens \| \*\*\+[\d.]+\*\* \(p < 0\.001\) \|/);
  assert.match(page, /40 of \d+ planned runs are done/);
  assert.match(page, /these are whole: `frontier`; begun: none; not begun: `frontier-outer`/);
});

Deno.test("a method by itself is drawn, and compared with nothing", () => {
  const [alone] = frontierRuns(1);
  const page = writeUp({ judge, runs: [...results.runs, alone!] });
  assert.match(
    flat(page.markdown),
    /### 64 tokens[^#]*No two methods have a seed in common yet with 64 tokens, coefficient 0\.1\./,
  );
  assert.doesNotMatch(page.markdown, /NaN|Infinity|undefined/);
  assert.ok(page.figures["frontier-64.svg"]!.includes("abc 0.1"));
});

Deno.test("phases of which nothing is done are stated, and arms of the others listed", () => {
  const units = planJobs(["units"], { steps: 3, seeds: 2 }).map((job) => fakeRun(job));
  const words = flat(writeUp({ judge, runs: [...results.runs, ...units] }).markdown);
  assert.match(words, /\*\*tuning\*\*: [^.]+\. 0 of 90 runs are done\./);
  assert.match(words, /\*\*units\*\*: [^.]+\. 8 of 20 runs are done\. \| arm/);
  assert.match(words, /\| red, 64 tokens, coefficient 0\.1, per sentence \| 2 \|/);
});

/** Runs of a phase whose methods gain differently per nat. */
function runsGaining(phase: "critic-free" | "reward-models" | "estimator", seeds: number) {
  return planJobs([phase], { steps: 20, seeds }).map((job) => {
    const gain = { abc: 0.1, terminal: 0.2, red: 0.3 }[job.method as "abc"];
    return gaining(job, gain + 0.02 * Math.sin(job.seed * job.method.length));
  });
}

Deno.test("methods are compared at equal KL within each algorithm and each reward model", () => {
  const runs = [
    ...results.runs,
    ...runsGaining("critic-free", 5),
    ...runsGaining("estimator", 5),
    ...runsGaining("reward-models", 5),
    ...frontierRuns(5),
  ];
  const words = flat(writeUp({ judge, runs }).markdown);
  for (
    const setting of [
      "64 tokens, coefficient 0.1, RLOO in groups of 4",
      "64 tokens, coefficient 0.1, GRPO in groups of 8",
      "64 tokens, coefficient 0.1, a reward model of 1.1 million weights",
      "64 tokens, coefficient 0.1, a reward model trained by pairs",
    ]
  ) {
    const table = words.slice(words.indexOf(`At equal KL, ${setting}:`)).slice(0, 500);
    assert.match(table, /^At equal KL, .*\| `abc` - `terminal` \| −[\d.]+ \|/, setting);
    assert.match(table, /\| `red` - `abc` \| \+[\d.]+ \|/, setting);
  }
  assert.match(words, /\*\*critic-free\*\*: [^.]+\. 30 of 30 runs are done\./);
  assert.match(
    words,
    /\| `red, 64 tokens, coefficient 0\.1` - `terminal, 64 tokens, coefficient 0\.1, lambda 1` \| \+/,
  );
  // And the answer says it, before anything else.
  const answer = words.slice(0, words.indexOf("Chan, Sun"));
  assert.match(answer, /\| lambda 1 \| \*\*−[\d.]+\*\* \(p/);
  assert.match(answer, /\| RLOO in groups of 4 \| \*\*−[\d.]+\*\* \(p/);
  assert.match(
    answer,
    /`abc` differs by −[\d.]+ to \+[\d.]+ over 7 settings; it is shown to be higher in 2 \(64 tokens; 64 tokens, coefficient 0\.05\) and lower in 5[.;] /,
  );
  assert.match(answer, /\| red \| terminal, lambda 1 \(not planned\) \| \*\*\+/);
  assert.doesNotMatch(words, /NaN|Infinity|undefined/);
});

Deno.test("units, estimators and critics are compared with the frontier's runs of the same method", () => {
  const per = (word: "credit-unit" | undefined, gain: number) =>
    planJobs([word === undefined ? "frontier" : "units"], { steps: 20, seeds: 5 })
      .filter(({ method, klCoefficient, flags }) =>
        method === "red" && klCoefficient === 0.1 && flags?.["credit-unit"] !== "clause"
      )
      .map((job) => gaining(job, gain + 0.02 * Math.sin(job.seed)));
  const runs = [...results.runs, ...per(undefined, 0.1), ...per("credit-unit", 0.3)];
  const words = flat(writeUp({ judge, runs }).markdown);
  assert.ok(words.includes("At equal KL, against the same method where nothing else differs:"));
  assert.match(
    words,
    /\| `red, 64 tokens, coefficient 0\.1, per sentence` - `red, 64 tokens, coefficient 0\.1` \| \+1\.45 \|/,
  );
  assert.match(
    words.slice(0, words.indexOf("Chan, Sun")),
    /\| red, per sentence \| red \| \*\*\+1\.45\*\* \(p < 0\.001\) \| 5 \|/,
  );
});

Deno.test("the usual reward is advised with the critic that it trains better with", () => {
  const withCritic = planJobs(["critics"], { steps: 20, seeds: 5 })
    .filter(({ method, flags }) =>
      method === "terminal" && JSON.stringify(flags) === '{"critic":"separate"}'
    )
    .map((job) => gaining(job, 0.2 + 0.01 * Math.sin(job.seed)));
  const advised = /otherwise `terminal` with a critic of its own \(`--critic separate`\)\./;
  assert.match(answerOf([...frontierRuns(5), ...withCritic]), advised);
  assert.doesNotMatch(answerOf(frontierRuns(5)), advised);
});

Deno.test("what an end that is read changes is compared within each method, and methods within each reading", () => {
  const shares = { abc: 0.1, red: 0.7, terminal: 0.8 } as Readonly<Record<string, number>>;
  const runs = planJobs(["read-end"], { steps: 12, seeds: 3 }).map((job) =>
    fakeRun(job, ({ step }) => ({
      kl: step,
      ended_share: shares[job.method]! + (job.endRead ? 0.1 : 0) + job.seed * step / 1000,
    }))
  );
  const page = writeUp({ judge, runs: [...results.runs, ...runs] }).markdown;
  const section = page.split("## An end that the reward model reads")[1]!.split("\n## ")[0]!;
  assert.match(section, /\| abc, end read \| 3 \| 0\.2\d+ ± .*, 0\.2\d+ ± /);
  assert.match(section, /\| `abc, end read` - `abc, end not read` \| \+0\.1 \|/);
  assert.match(section, /\| `abc, end not read` - `terminal, end not read` \| −0\.7 \|/);
  assert.match(section, /Score over training:\n\n[^]*`red, end read` - `terminal, end read`/);
  assert.match(section, /EOS not read \(texts differ in length\):\n\n[^]*`red` - `abc`/);
});

Deno.test("settings that nobody has chosen yet are not compared", () => {
  assert.match(text, /\*\*tuned\*\*: [^.]+\. (No setting is chosen yet|0 of 30 runs are done)\./);
});

Deno.test("settings are listed with what they are chosen by, and the limits say what was tuned", () => {
  const [job] = planJobs(["tuning"], { steps: 20, seeds: 1 });
  const tuning = flat(writeUp({ judge, runs: [gaining(job!, 0.2)] }).markdown);
  // A gain of 0.2 a nat, and 10 nats at the end, which is within the budget: the last of 20 steps have 1.76.
  assert.match(tuning, /\| score within 12 nats \| \|[^*]*\| 1 \| 2 \| 10 \|[^|]*\| 1\.79 \|/);
  assert.match(tuning, /Settings were not tuned for each method\./);
  const tuned = {
    ...gaining(job!, 0.2),
    summary: { ...gaining(job!, 0.2).summary, phase: "tuned" },
  };
  const words = flat(writeUp({ judge, runs: [tuned] as Run[] }).markdown);
  assert.match(words, /Settings were tuned for each method in the phase `tuned` alone\./);
});

Deno.test("the document says which weights scored the runs of each phase", () => {
  const [first, ...others] = frontierRuns(1);
  const elsewhere = [
    { ...first!, summary: { ...first!.summary, rewardWeights: "0123" } },
    ...others,
  ];
  const words = flat(writeUp({ judge, runs: [...results.runs, ...elsewhere] }).markdown);
  assert.ok(
    words.includes(`\`${firstWeights}\` (main, beta, endless, masked, lengths and frontier)`),
  );
  assert.ok(words.includes("`0123` (frontier)"));
});

Deno.test("score and judge are drawn against KL, with methods compared at equal KL", () => {
  const page = writeUp({ judge, runs: frontierRuns(5) });
  const words = flat(page.markdown);
  for (const what of ["At equal KL, 5 to 9.5 nats", "The judge's score at equal KL"]) {
    for (const coefficient of [0.1, 0.05]) {
      const heading = `${what}, 64 tokens, coefficient ${coefficient}:`;
      assert.ok(words.includes(`${heading} | difference`), heading);
    }
  }
  assert.match(words, /64 tokens, coefficient 0\.1: [^#]*?\| `abc` - `terminal` \| \+0\.\d+ \|/);
  assert.doesNotMatch(words, /10 to 19 nats, 64 tokens/);
  assert.match(words, /\| `abc` \| 20 \| −?[\d.]+ ± /);
  assert.doesNotMatch(words, /NaN|Infinity|undefined/);
  assert.ok(page.figures["frontier-64.svg"]!.includes("abc 0.1"));
  assert.ok(page.figures["judge-kl-64.svg"]!.includes("permuted 0.05"));
});

function flat(page: string): string {
  return page.replace(/\s+/g, " ");
}
