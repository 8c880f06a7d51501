import assert from "node:assert/strict";
import { writeReport } from "../../../src/ppo/report/write.ts";
import { RunFiles } from "../../../src/ppo/run/run_files.ts";
import { madeUpRun } from "./made_up_run.ts";
import { documentOf, texts } from "./parsed.ts";

Deno.test("the report is made of the files, a torn line left out", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const run = madeUpRun(4);
    const files = await RunFiles.create(directory, run.settings);
    for (const line of run.metrics) await files.appendMetrics(line);
    await files.appendSamples(run.samples);
    await Deno.writeTextFile(files.paths.metrics, '{"step":5,"sco', { append: true });
    assert.equal(await writeReport(directory), files.paths.report);
    const page = documentOf(await Deno.readTextFile(files.paths.report));
    assert.deepEqual(texts(page, ".headline dd.value")[2], "4");
    assert.deepEqual(texts(page, ".samples thead th"), ["Before: step 1", "After: step 4"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a directory without a run has no report", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await assert.rejects(writeReport(directory), { kind: "bad_usage" });
    assert.deepEqual([...Deno.readDirSync(directory)], []);
  } finally {
    await Deno.remove(directory);
  }
});
