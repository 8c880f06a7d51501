import assert from "node:assert/strict";
import { RunFiles } from "../../src/ppo/run/run_files.ts";
import { type EvaluationName, evaluationNames } from "../../src/ppo/run/evaluation_metrics.ts";
import { metricNames, type MetricsLine } from "../../src/ppo/run/metrics.ts";
import { madeUpEvaluation, madeUpLine, madeUpRun } from "../ppo/report/made_up_run.ts";
import { findPython, PythonPeer } from "../support/python.ts";
import { testWhere } from "../support/test_where.ts";

const python = await findPython(["tensorboard"], [
  Deno.env.get("ABACUS_PEERS_PYTHON"),
  ".venv-peers/bin/python",
]);

interface Read {
  readonly version: string;
  readonly scalars: Readonly<Record<string, readonly (readonly [step: number, value: number])[]>>;
}

/** The finite numbers of lines by tag, as float32. */
function expected(
  lines: readonly { readonly step: number }[],
  tags: readonly (readonly [name: string, tag: string])[],
) {
  const rows = tags.map(([name, tag]) => {
    const values = lines.map((line): [number, number] => [
      line.step,
      (line as Record<string, number>)[name]!,
    ]);
    const finite = values.filter(([, value]) => Number.isFinite(value));
    return [tag, finite.map(([step, value]) => [step, Math.fround(value)])] as const;
  });
  return rows.filter(([, values]) => values.length > 0);
}

testWhere({
  name: "TensorBoard reads the numbers of metrics.jsonl, also of a run that was resumed",
  missing: python === undefined ? "no Python with tensorboard" : undefined,
  async fn() {
    const directory = await Deno.makeTempDir();
    try {
      const lines = madeUpRun(6).metrics;
      const evaluations = [0, 4].map((step) => madeUpEvaluation(step, step / 3));
      const first = new RunFiles(directory);
      await first.truncateAfter(0);
      await first.appendMetrics(evaluations[0]!);
      for (const line of lines.slice(0, 4)) await first.appendMetrics(line);
      // Steps after the checkpoint of the second are made again, by another process.
      await first.appendMetrics(madeUpLine(5, {}, 99));
      const second = new RunFiles(directory);
      await second.truncateAfter(2);
      for (const line of lines.slice(2, 4)) await second.appendMetrics(line);
      await second.appendMetrics(evaluations[1]!);
      for (const line of lines.slice(4)) await second.appendMetrics(line);
      const script = new URL("tensorboard_events.py", import.meta.url);
      await using peer = await PythonPeer.start(python!, script, [second.paths.tensorboard]);
      const { version, scalars } = peer.greeting as unknown as Read;
      assert.equal(version, "2.21.0");
      const written: MetricsLine[] = await second.readMetrics();
      assert.deepEqual(written.map(({ step }) => step), [1, 2, 3, 4, 5, 6]);
      const steps = metricNames.map((name) => [name, `train/${name}`] as const);
      const evals = evaluationNames.map((name: EvaluationName) =>
        [name, `eval/${name.slice("eval_".length)}`] as const
      );
      assert.deepEqual(
        scalars,
        Object.fromEntries([...expected(written, steps), ...expected(evaluations, evals)]),
      );
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
