import assert from "node:assert/strict";
import { join } from "node:path";
import { firstDifference, openRunDirectory } from "../../../src/cli/ppo/run_directory.ts";
import { RunFiles, type RunRecord } from "../../../src/ppo/run/run_files.ts";
import { madeUpLine } from "../../ppo/report/made_up_run.ts";
import { temporary } from "../temporary.ts";

const record: RunRecord = {
  settings: { steps: 10, klCoefficient: 0.1, schedule: "constant", prompts: null },
  seed: 1,
  models: { policy: "movie-policy", reward: "movie-reward" },
  versions: { abacus: "0.1.0" },
};

function changed(settings: RunRecord["settings"], models: RunRecord["models"] = {}): RunRecord {
  const { settings: before, models: known } = record;
  return { ...record, settings: { ...before, ...settings }, models: { ...known, ...models } };
}

const resume = { fresh: false };
const fresh = { fresh: true };

/** A directory with a run of one step. */
async function startedRun(): Promise<string> {
  const directory = temporary();
  const files = await openRunDirectory(directory, record, resume);
  await files.appendMetrics(madeUpLine(1));
  return directory;
}

Deno.test("a run starts in an empty directory, and resumes with the same settings", async () => {
  const directory = await startedRun();
  const again = await openRunDirectory(directory, record, resume);
  assert.deepEqual(await again.readRun(), record);
  assert.equal((await again.readMetrics()).length, 1);
});

Deno.test("a run resumes with other versions, and with more or fewer steps", async () => {
  const directory = await startedRun();
  const now = { ...changed({ steps: 5 }), versions: { abacus: "9.9.9" } };
  const files = await openRunDirectory(directory, now, resume);
  assert.equal((await files.readMetrics()).length, 1);
  assert.deepEqual(await files.readRun(), record, "the original record is kept");
});

Deno.test("other settings are refused, naming the flag, its old and its new value", async () => {
  const directory = await startedRun();
  const now = changed({ klCoefficient: 0.2 });
  await assert.rejects(openRunDirectory(directory, now, resume), {
    kind: "bad_usage",
    message: `Cannot resume the run in ${directory} as --kl-coefficient was 0.1 when it started ` +
      "(--fresh starts over, --out chooses another directory): received 0.2",
  });
  assert.equal((await new RunFiles(directory).readMetrics()).length, 1, "nothing was modified");
});

Deno.test("fresh removes the run and keeps other files", async () => {
  const directory = await startedRun();
  const { paths } = new RunFiles(directory);
  await Deno.mkdir(join(paths.checkpoints, "step-000001"));
  await Deno.writeTextFile(paths.report, "old");
  await Deno.writeTextFile(join(directory, "notes.txt"), "mine");
  const now = changed({ klCoefficient: 0.2 });
  const files = await openRunDirectory(directory, now, fresh);
  assert.deepEqual(await files.readRun(), now);
  assert.deepEqual(await files.readMetrics(), []);
  const names = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(names.toSorted(), ["checkpoints", "notes.txt", "run.json"]);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(paths.checkpoints)), []);
});

Deno.test("a run without a finished step is replaced", async () => {
  const directory = temporary();
  const { paths } = await openRunDirectory(directory, record, resume);
  await Deno.mkdir(join(paths.checkpoints, "step-000000"));
  const now = changed({ klCoefficient: 0.2 }, { policy: "another" });
  const files = await openRunDirectory(directory, now, resume);
  assert.deepEqual(await files.readRun(), now);
});

Deno.test("a checkpoint counts as a finished step, even without metrics", async () => {
  const directory = temporary();
  const { paths } = await openRunDirectory(directory, record, resume);
  await Deno.mkdir(join(paths.checkpoints, "step-000050"));
  const now = changed({ klCoefficient: 0.2 });
  await assert.rejects(openRunDirectory(directory, now, resume), { kind: "bad_usage" });
});

Deno.test("a checkpoint folder that was removed is created again", async () => {
  const directory = await startedRun();
  const { paths } = new RunFiles(directory);
  await Deno.remove(paths.checkpoints);
  await openRunDirectory(directory, record, resume);
  assert.ok((await Deno.stat(paths.checkpoints)).isDirectory);
});

const differences: readonly [what: string, now: RunRecord, found: object | undefined][] = [
  ["nothing", record, undefined],
  ["steps of a constant rate", changed({ steps: 99 }), undefined],
  [
    "a schedule",
    changed({ steps: 99, schedule: "linear" }),
    { name: "--steps", before: "10", now: "99" },
  ],
  [
    "prompts from a file",
    changed({ prompts: "a.txt" }),
    { name: "--prompts", before: "none", now: '"a.txt"' },
  ],
  [
    "a reward model",
    changed({}, { reward: "other" }),
    { name: "the reward model", before: '"movie-reward"', now: '"other"' },
  ],
  [
    "a setting that the run's version did not have",
    changed({ gamma: 0.5, novel: 2 }),
    { name: "--gamma", before: "1", now: "0.5" },
  ],
  [
    "the default of a setting that the run's version did not have",
    changed({ gamma: 1 }),
    undefined,
  ],
  [
    "what an earlier version did not write down",
    changed({ policyContent: "a", promptsContent: "b", score: null }),
    undefined,
  ],
  [
    "a setting that has no flag",
    changed({ novel: 2 }),
    { name: "novel", before: "none", now: "2" },
  ],
];

for (const [what, now, found] of differences) {
  Deno.test(`difference: ${what}`, () => {
    assert.deepEqual(firstDifference(record, now), found);
  });
}

Deno.test("files that changed under the same name are reported as such", () => {
  const [before, now] = [changed({ policyContent: "a" }), changed({ policyContent: "b" })];
  assert.deepEqual(firstDifference(before, now), {
    name: "the content of --policy",
    before: '"a"',
    now: '"b"',
  });
  assert.equal(firstDifference(before, record), undefined, "a server that was named tells less");
  assert.deepEqual(firstDifference(changed({ score: null }), changed({ score: "good" })), {
    name: "--score",
    before: "none",
    now: '"good"',
  });
});

Deno.test("steps without a run.json are neither resumed nor removed", async () => {
  const directory = temporary();
  const checkpoint = join(directory, "checkpoints", "step-000050");
  await Deno.mkdir(checkpoint, { recursive: true });
  for (const options of [resume, fresh]) {
    await assert.rejects(openRunDirectory(directory, record, options), {
      kind: "bad_usage",
      message: "Cannot start a run as the directory has steps of a run without its run.json " +
        `(--out chooses another directory): received ${directory}`,
    });
  }
  assert.ok((await Deno.stat(checkpoint)).isDirectory);
});

Deno.test("a process that is killed while it starts over leaves run.json to the last", async () => {
  const directory = await startedRun();
  const { paths } = new RunFiles(directory);
  const remove = Deno.remove;
  Deno.remove = (path, options) =>
    path === paths.checkpoints ? Promise.reject(new Error("killed")) : remove(path, options);
  try {
    await assert.rejects(openRunDirectory(directory, record, fresh), /killed/);
  } finally {
    Deno.remove = remove;
  }
  assert.deepEqual(await new RunFiles(directory).readRun(), record);
});
