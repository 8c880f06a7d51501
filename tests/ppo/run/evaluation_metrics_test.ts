import assert from "node:assert/strict";
import { join } from "node:path";
import {
  evaluationGlossary,
  type EvaluationLine,
  evaluationNames,
} from "../../../src/ppo/run/evaluation_metrics.ts";
import { glossary, type Metric } from "../../../src/ppo/run/metrics.ts";
import { RunFiles } from "../../../src/ppo/run/run_files.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { madeUpEvaluation, madeUpLine } from "../report/made_up_run.ts";

Deno.test("names of an evaluation begin with eval_, and none is that of a step's metric", () => {
  for (const name of evaluationNames) assert.ok(name.startsWith("eval_") && !(name in glossary));
  for (const { meaning, unit } of Object.values(evaluationGlossary) as Metric[]) {
    assert.ok(meaning.length > 15 && unit.length > 0, meaning);
    assert.doesNotMatch(meaning, /\.$|\s\s/);
  }
});

Deno.test("completions that ended by themselves are those that ended at a stop text too", () => {
  const { eval_ended_share, eval_greedy_ended_share } = evaluationGlossary;
  for (const { meaning } of [glossary.ended_share, eval_ended_share, eval_greedy_ended_share]) {
    assert.match(meaning, /ended by themselves, with the end-of-sequence token or a stop text$/);
  }
});

Deno.test("lines of steps and of evaluations are told apart in one file", async () => {
  await using directory = await temporaryDirectory();
  const files = new RunFiles(directory.path);
  const lines = [madeUpEvaluation(0), madeUpLine(1), madeUpEvaluation(1), madeUpLine(2)];
  for (const line of lines) await files.appendMetrics(line);
  assert.deepEqual(await files.readMetrics(), [lines[1], lines[3]]);
  assert.deepEqual(await files.readEvaluations(), [lines[0], lines[2]]);
  await files.truncateAfter(1);
  assert.deepEqual(await files.readMetrics(), [lines[1]]);
  assert.deepEqual(await files.readEvaluations(), [lines[0], lines[2]]);
});

Deno.test("a damaged evaluation is named, and a number that is not known is NaN", async () => {
  await using directory = await temporaryDirectory();
  const files = new RunFiles(directory.path);
  const write = (line: object) =>
    Deno.writeTextFile(join(directory.path, "metrics.jsonl"), `${JSON.stringify(line)}\n`);
  await write({ step: 1, eval_score_mean: "1" });
  await assert.rejects(files.readEvaluations(), {
    kind: "bad_usage",
    message: /eval_score_mean: .*metrics.jsonl, line 1$/,
  });
  await write({ step: 1, eval_score_mean: null, eval_kl: 2 });
  const [line] = await files.readEvaluations() as [EvaluationLine];
  assert.ok(Number.isNaN(line.eval_score_mean) && line.eval_kl === 2);
});
