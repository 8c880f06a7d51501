import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import {
  linesUpTo,
  parseLines,
  RunFiles,
  runPaths,
  type RunRecord,
} from "../../../src/ppo/run/run_files.ts";
import { madeUpLine, madeUpSample } from "../report/made_up_run.ts";

const record: RunRecord = {
  settings: { method: "abc", beta: 0.8, prompts: ["a", "b"], resume: null },
  seed: 3,
  models: { policy: "writer", reward: "judge" },
  versions: { abacus: "0.1.0" },
};

/** A temporary directory for `use`. */
async function inDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await use(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const badUsage = (message: RegExp) => ({ kind: "bad_usage", message });

Deno.test("what is written can be read", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(join(directory, "deep/run"), record);
    assert.deepEqual(await files.readRun(), record);
    assert.deepEqual([await files.readMetrics(), await files.readSamples()], [[], []]);
    const lines = [madeUpLine(1, { kl: NaN }), madeUpLine(2)];
    for (const line of lines) await files.appendMetrics(line);
    const sample = madeUpSample({ prompt: 'two\nlines, "quoted"', completion: "\u2028 🎬" });
    await files.appendSamples([sample, madeUpSample({ step: 2 })]);
    assert.deepEqual(await files.readMetrics(), lines);
    assert.deepEqual(await files.readSamples(), [sample, madeUpSample({ step: 2 })]);
    assert.ok((await Deno.stat(files.paths.checkpoints)).isDirectory);
  }));

Deno.test("a run does not overwrite another one", () =>
  inDirectory(async (directory) => {
    await RunFiles.create(directory, record);
    await assert.rejects(
      RunFiles.create(directory, record),
      badUsage(/^Cannot start a run as the directory already has one: received /),
    );
  }));

Deno.test("a directory that cannot be created is bad_usage", () =>
  inDirectory(async (directory) => {
    const path = join(directory, "file");
    await Deno.writeTextFile(path, "");
    await assert.rejects(
      RunFiles.create(path, record),
      badUsage(/^Cannot create the directory as /),
    );
  }));

Deno.test("a directory without a run has nothing to read", () =>
  inDirectory(async (directory) => {
    await assert.rejects(
      new RunFiles(directory).readRun(),
      badUsage(/no such file: received .*run/),
    );
    await Deno.writeTextFile(runPaths(directory).run, "{");
    await assert.rejects(new RunFiles(directory).readRun(), badUsage(/it is not JSON: received /));
    await Deno.writeTextFile(runPaths(directory).run, JSON.stringify({ ...record, seed: "x" }));
    await assert.rejects(
      new RunFiles(directory).readRun(),
      badUsage(/seed: .*: received .*run.json/),
    );
  }));

Deno.test("an incomplete last line is skipped, and replaced by the next line", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(directory, record);
    await files.appendMetrics(madeUpLine(1));
    const whole = await Deno.readTextFile(files.paths.metrics);
    for (const torn of ['{"step":2,"kl":0.', JSON.stringify(madeUpLine(2)), "x".repeat(200_000)]) {
      await Deno.writeTextFile(files.paths.metrics, whole + torn);
      assert.deepEqual(await files.readMetrics(), [madeUpLine(1)]);
      await files.appendMetrics(madeUpLine(3));
      assert.deepEqual(await files.readMetrics(), [madeUpLine(1), madeUpLine(3)]);
    }
    await Deno.writeTextFile(files.paths.metrics, "torn from the start");
    await files.appendMetrics(madeUpLine(4));
    assert.deepEqual(await files.readMetrics(), [madeUpLine(4)]);
  }));

Deno.test("a file that is cut at any byte reads as its first lines", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(directory, record);
    const samples = [1, 2, 3].map((step) => madeUpSample({ step, prompt: "é🎬" }));
    await files.appendSamples(samples);
    const bytes = await Deno.readFile(files.paths.samples);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length), async (length) => {
        await Deno.writeFile(files.paths.samples, bytes.subarray(0, length));
        const read = await files.readSamples();
        assert.deepEqual(read, samples.slice(0, read.length));
        const breaks = bytes.subarray(0, length).filter((byte) => byte === 0x0a).length;
        assert.equal(read.length, breaks);
      }),
      { numRuns: 50 },
    );
  }));

Deno.test("a damaged line in the middle is named, not skipped", () => {
  const schema = z.object({ step: z.int() });
  assert.throws(
    () => parseLines(schema, '{"step":1}\nnonsense\n{"step":2}\n', "metrics.jsonl"),
    badUsage(/it is not JSON: received metrics.jsonl, line 2$/),
  );
  assert.throws(
    () => parseLines(schema, '{"step":true}\n', "metrics.jsonl"),
    badUsage(/step: .*: received metrics.jsonl, line 1$/),
  );
});

Deno.test("steps after a checkpoint are dropped from both files, and the others are unchanged", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(directory, record);
    await files.truncateAfter(5);
    for (const step of [1, 2, 3, 4]) {
      await files.appendMetrics(madeUpLine(step));
      await files.appendSamples([madeUpSample({ step }), madeUpSample({ step })]);
    }
    await Deno.writeTextFile(files.paths.metrics, '{"step":5', { append: true });
    await files.truncateAfter(2);
    assert.deepEqual((await files.readMetrics()).map(({ step }) => step), [1, 2]);
    assert.deepEqual((await files.readSamples()).map(({ step }) => step), [1, 1, 2, 2]);
    assert.equal(
      linesUpTo(1, '{"step": 1, "more":0}\n{"step":2}\n', ""),
      '{"step": 1, "more":0}\n',
    );
    await files.truncateAfter(0);
    assert.equal(await Deno.readTextFile(files.paths.metrics), "");
  }));

Deno.test("a sample without one reward and one KL per token is neither written nor read", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(directory, record);
    const short = madeUpSample({ rewards: [1] });
    await assert.rejects(files.appendSamples([short]), RangeError);
    assert.deepEqual(await files.readSamples(), []);
    await Deno.writeTextFile(files.paths.samples, `${JSON.stringify(short)}\n`);
    await assert.rejects(files.readSamples(), badUsage(/one number per token: received .*line 1$/));
  }));

Deno.test("the report is written whole", () =>
  inDirectory(async (directory) => {
    const files = await RunFiles.create(directory, record);
    await files.writeReport("first");
    await files.writeReport("second");
    assert.equal(await Deno.readTextFile(files.paths.report), "second");
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).toSorted();
    assert.deepEqual(names, ["checkpoints", "report.html", "run.json"]);
  }));
