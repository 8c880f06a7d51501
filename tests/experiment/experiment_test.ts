import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as wait } from "node:timers/promises";
import {
  type Environment,
  type ExperimentSpec,
  runExperiment,
  showPlan,
} from "../../experiment/experiment.ts";
import { bundled, planJobs } from "../../experiment/plan.ts";
import { writeResults } from "../../experiment/results.ts";
import { madeRewardModels, weightsOf } from "../../experiment/reward_models.ts";
import { Work } from "../../experiment/work.ts";
import { folderOf } from "./corpus_fixture.ts";
import { fakeRun } from "./fake_run.ts";

const program = (name: string) => ({
  args: ["run", "--allow-all", fileURLToPath(new URL(name, import.meta.url))],
  env: {},
});

const folders: string[] = [];

Deno.test.afterAll(async () => {
  for (const folder of [data, ...folders]) await Deno.remove(folder, { recursive: true });
});

const data = await folderOf(
  [
    { fold: 9, label: 1, text: "the film is a warm , funny tale of two brothers .\nvery good ." },
    { fold: 1, label: 1, text: "a wonderful delight ." },
    { fold: 1, label: 0, text: "a dull bore ." },
  ],
  [
    { label: 1, text: "a wonderful delight" },
    { label: 1, text: "such a wonderful delight" },
    { label: 0, text: "a dull bore" },
    { label: 0, text: "what a dull bore" },
  ],
);

Deno.test("all runs of the plan are done, judged and kept small", async () => {
  const { spec, environment, notes } = await fresh({ scale: { steps: 3, seeds: 1 } });
  assert.equal(await runExperiment(spec, environment), 0);
  const work = new Work(spec.work);
  const summaries = work.summaries();
  assert.deepEqual(
    summaries.map(({ method, complete, attempts }) => [method, complete, attempts]),
    [
      ["abc", true, 1],
      ["abcd", true, 1],
      ["gradient", true, 1],
      ["red", true, 1],
      ["terminal", true, 1],
      ["uniform", true, 1],
    ],
  );
  const { seconds, settings, versions, judge, machine } = summaries[0]!;
  assert.equal(seconds, 6);
  assert.deepEqual(settings, { credit: "abc", gamma: 1 });
  assert.match(versions["onnxruntime-node"]!, /^\d+\.\d+\.\d+$/);
  assert.equal(versions["abacus"], "0.0.0");
  assert.ok(Number.isFinite(judge[0]) && machine.jobs === 2 && machine.cores > 0);
  const steps = work.steps("main-abc-0.8-16-s01");
  assert.deepEqual(steps.map(({ step }) => step), [1, 2, 3]);
  // The fake trainer writes a bore, and at the last step a delight.
  assert.ok(steps[0]!.judge_mean! < 0 && steps[2]!.judge_mean! > 0);
  assert.deepEqual(readdirSync(work.path("runs")), []);
  assert.match(readFileSync(work.path("prompts.jsonl"), "utf8"), /^\{"prompt":"the film/m);
  assert.match(notes.join("\n"), /main-abc-0\.8-16-s01: done, score \+0\.\d+ to /);
});

Deno.test("evaluated runs have other prompts, and their evaluations are stored", async () => {
  const { spec, environment } = await fresh({
    phases: ["frontier"],
    scale: { steps: 1, seeds: 1 },
  });
  assert.equal(await runExperiment(spec, environment), 0);
  const work = new Work(spec.work);
  const ids = work.summaries().map(({ id }) => id);
  assert.equal(ids.length, 8);
  assert.ok(ids.includes("frontier-permuted-64-tokens-coefficient-0.05-s01"));
  for (const id of ids) {
    const [evaluation, ...others] = work.evaluations(id);
    assert.deepEqual(others, []);
    assert.deepEqual([evaluation!.step, evaluation!.eval_kl], [1, 4]);
  }
  const [trained, heldOut] = ["trained.jsonl", "held_out.jsonl"]
    .map((name) => readFileSync(work.path(name), "utf8"));
  // The fixture has one review, which is held out as the first of five.
  assert.equal(trained, "");
  assert.match(heldOut!, /^\{"prompt":"the film/);
});

Deno.test("without a critic, groups of completions are asked for", async () => {
  const { spec, environment } = await fresh({
    phases: ["critic-free"],
    scale: { steps: 1, seeds: 1 },
  });
  assert.equal(await runExperiment(spec, environment), 0);
  const groups = new Work(spec.work).summaries().map(({ method, flags }) =>
    `${method} ${flags?.algorithm} ${flags?.["completions-per-prompt"]}`
  );
  assert.deepEqual(groups.toSorted(), [
    "abc grpo 8",
    "abc rloo 4",
    "red grpo 8",
    "red rloo 4",
    "terminal grpo 8",
    "terminal rloo 4",
  ]);
});

Deno.test("runs of other reward models are scored by servers of theirs, and say by which weights", async () => {
  const [small, pairs] = ["movie-policy", "movie-reward"]
    .map((name) => fileURLToPath(new URL(`../../models/${name}`, import.meta.url))) as [
      string,
      string,
    ];
  const { spec, environment, notes } = await fresh({
    phases: ["reward-models"],
    scale: { steps: 1, seeds: 1 },
    otherRewardModels: { small, pairs },
  });
  assert.equal(await runExperiment(spec, environment), 0);
  const work = new Work(spec.work);
  assert.deepEqual(
    work.summaries().map(({ method, rewardModel, rewardWeights }) => [
      method,
      rewardModel,
      rewardWeights,
    ]),
    ["abc", "red", "terminal"].flatMap((method) => [
      [method, "pairs", weightsOf(pairs)],
      [method, "small", weightsOf(small)],
    ]),
  );
  assert.equal(notes.filter((line) => line.startsWith("reward server: ")).length, 2);
  const servers = readFileSync(work.path("logs", "server.log"), "utf8");
  assert.equal(servers.trim().split("\n").length, 2);
});

Deno.test("a reward model that has not been made is named before anything runs", async () => {
  const otherRewardModels = { small: "no/such/model", pairs: "models/movie-reward" };
  const { spec, environment } = await fresh({ phases: ["reward-models"], otherRewardModels });
  await assert.rejects(runExperiment(spec, environment), {
    kind: "bad_usage",
    message: /must be made first .*received no\/such\/model/,
  });
});

Deno.test("nothing is added to the first edition by other weights", async () => {
  const { spec, environment } = await fresh({ ...bundled, scale: { steps: 2, seeds: 1 } });
  const [one] = planJobs(["main"], spec.scale).map((job) => fakeRun(job));
  const summary = { ...one!.summary, rewardWeights: "0123" };
  writeResults(spec.published, {
    runs: [{ ...one!, summary }],
    judge: { snippets: 1, reviews: 1 },
  });
  await assert.rejects(runExperiment(spec, environment), {
    kind: "bad_usage",
    message: /phase main as its published runs are of the weights 0123: received [0-9a-f]{64}/,
  });
});

Deno.test("what is done is not done again; other settings are refused", async () => {
  const { spec, environment, notes } = await fresh({ scale: { steps: 1, seeds: 1 } });
  assert.equal(await runExperiment(spec, environment), 0);
  notes.length = 0;
  assert.equal(await runExperiment(spec, environment), 0);
  assert.match(notes.join("\n"), /nothing left to do/);
  await assert.rejects(
    runExperiment({ ...spec, scale: { steps: 1, seeds: 2 }, more: ["--x"] }, environment),
    { kind: "bad_usage", message: /started with .*"trainer":\[\].*received .*"--x"/ },
  );
});

Deno.test("a run that fails is tried once more, where the trainer goes on", async () => {
  const { spec, environment } = await fresh({
    more: ["--fail-once"],
    scale: { steps: 2, seeds: 1 },
  });
  assert.equal(await runExperiment(spec, environment), 0);
  const summaries = new Work(spec.work).summaries();
  assert.ok(summaries.every(({ complete, attempts }) => complete && attempts === 2));
});

Deno.test("a run that fails twice is reported and kept, and the others go on", async () => {
  const { spec, environment, notes } = await fresh({
    more: ["--fail-always"],
    scale: { steps: 5, seeds: 1 },
  });
  assert.equal(await runExperiment(spec, environment), 1);
  const work = new Work(spec.work);
  assert.deepEqual(
    work.summaries().map(({ complete, exitCode }) => [complete, exitCode]),
    Array(6).fill([false, 1]),
  );
  assert.equal(work.steps("main-red-0.8-16-s01").length, 2);
  assert.equal(readdirSync(work.path("runs")).length, 6);
  assert.match(notes.join("\n"), /main-red-0\.8-16-s01: failed/);
});

Deno.test("where not a single step of a method can be done, no more of it is tried", async () => {
  const { spec, environment, notes } = await fresh({
    more: ["--fail-early=red"],
    scale: { steps: 1, seeds: 2 },
  });
  assert.equal(await runExperiment(spec, environment), 1);
  const work = new Work(spec.work);
  assert.equal(work.summaries().length, 10);
  const logs = readdirSync(work.path("logs")).filter((name) => name.includes("red"));
  assert.deepEqual(logs, ["main-red-0.8-16-s01.log"]);
  assert.match(notes.join("\n"), /no step was finished, so red is skipped; see logs\/main-red/);
});

Deno.test("stopped, the runs end gently and nothing is taken for done", async () => {
  const gentle = new AbortController();
  const { spec, environment, notes } = await fresh({
    more: ["--wait"],
    scale: { steps: 2, seeds: 1 },
  });
  const ended = runExperiment(spec, {
    ...environment,
    stop: { gentle: gentle.signal, hard: new AbortController().signal },
  });
  const work = new Work(spec.work);
  const waiting = (id: string) => {
    try {
      return readFileSync(work.path("logs", `${id}.log`), "utf8").includes("waiting");
    } catch {
      return false;
    }
  };
  const begun = ["main-abc-0.8-16-s01", "main-abcd-0.8-16-s01"];
  while (!begun.every(waiting)) await wait(20);
  gentle.abort();
  assert.equal(await ended, 130);
  assert.deepEqual(work.summaries(), []);
  assert.equal(readdirSync(work.path("runs")).length, 2);
  assert.match(notes.join("\n"), /main-abc-0\.8-16-s01: stopped/);
});

Deno.test("where one run throws the others are stopped and waited for before it is told", async () => {
  const { spec, environment, notes } = await fresh({
    more: ["--wait", "--garble=abcd"],
    scale: { steps: 2, seeds: 1 },
  });
  await assert.rejects(runExperiment(spec, environment));
  assert.match(notes.join("\n"), /main-abc-0\.8-16-s01: stopped/);
  assert.deepEqual(new Work(spec.work).summaries(), []);
});

Deno.test("a finished folder is held to its settings too", async () => {
  const { spec, environment } = await fresh({ scale: { steps: 1, seeds: 1 } });
  assert.equal(await runExperiment(spec, environment), 0);
  await assert.rejects(runExperiment({ ...spec, more: ["--learning-rate", "1e-4"] }, environment), {
    kind: "bad_usage",
    message: /started with .*"trainer":\[\].*received .*"1e-4"/,
  });
});

Deno.test("what was published counts as done only for its own steps, models and words", async () => {
  const { spec, notes } = await fresh({ ...bundled, scale: { steps: 2, seeds: 1 } });
  const runs = planJobs(["main"], spec.scale).map((job) => fakeRun(job));
  writeResults(spec.published, { runs, judge: { snippets: 1, reviews: 1 } });
  const planned = (more: Partial<ExperimentSpec>) => {
    notes.length = 0;
    showPlan({ ...spec, ...more }, (line) => notes.push(line));
    return notes.at(-1);
  };
  assert.equal(planned({}), "nothing left to do");
  assert.match(planned({ scale: { steps: 3, seeds: 1 } })!, /^6 runs left/);
  assert.match(planned({ more: ["--learning-rate", "1e-4"] })!, /^6 runs left/);
  assert.match(planned({ policy: "another" })!, /^6 runs left/);
  assert.deepEqual(new Work(spec.work).summaries(), [], "to see the plan changes nothing");
});

Deno.test("a server that never gets ready can be ended by the hard stop", async () => {
  const { spec, environment } = await fresh({ port: 14 });
  const hard = new AbortController();
  const ended = runExperiment(spec, {
    ...environment,
    stop: { ...environment.stop, hard: hard.signal },
  });
  setTimeout(() => hard.abort(), 300);
  await assert.rejects(ended, { kind: "bad_usage", message: /reward server as it ended/ });
});

Deno.test("a server that does not start is the end, with its last line", async () => {
  const { spec, environment } = await fresh({ port: 13 });
  await assert.rejects(runExperiment(spec, environment), {
    kind: "bad_usage",
    message: /reward server as it ended with code 1: received .*the port is taken/,
  });
});

async function fresh(
  more: Partial<ExperimentSpec>,
): Promise<{ spec: ExperimentSpec; environment: Environment; notes: string[] }> {
  const notes: string[] = [];
  const folder = await Deno.makeTempDir({ prefix: "abacus-experiment-" });
  folders.push(folder);
  const spec: ExperimentSpec = {
    data,
    work: join(folder, "work"),
    published: join(folder, "published"),
    jobs: 2,
    phases: ["main"],
    scale: { steps: 3, seeds: 1 },
    // Any, as the server that permutes shares really listens.
    port: 0,
    policy: fileURLToPath(new URL("../../models/movie-policy", import.meta.url)),
    rewardModel: "none",
    otherRewardModels: madeRewardModels,
    device: "cpu",
    more: [],
    keep: false,
    ...more,
  };
  const never = new AbortController().signal;
  const environment = {
    note: (line: string) => void notes.push(line),
    trainer: program("fake_trainer.ts"),
    server: program("fake_server.ts"),
    stop: { gentle: never, hard: never },
  };
  return { spec, environment, notes };
}
