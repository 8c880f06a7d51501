import assert from "node:assert/strict";
import {
  glossary,
  type Metric,
  metricNames,
  type MetricsLine,
  metricsLineSchema,
} from "../../../src/ppo/run/metrics.ts";
import { madeUpLine } from "../report/made_up_run.ts";

const read = (line: unknown): MetricsLine => metricsLineSchema.parse(line);

Deno.test("the names of metrics, which readers of metrics.jsonl rely on, are these", () => {
  assert.deepEqual(
    [...metricNames],
    ("score_mean score_std reward_mean kl kl_per_token kl_coefficient policy_loss value_loss entropy " +
      "approx_kl clip_fraction value_clip_fraction explained_variance advantage_std gradient_norm " +
      "learning_rate length_mean length_std ended_share response_mass updates early_stopped " +
      "tokens_per_second step_seconds sample_seconds reward_seconds update_seconds").split(" "),
  );
});

Deno.test("every metric has a meaning of its own and a unit, and no sentence ends in a full stop", () => {
  const metrics: readonly Metric[] = Object.values(glossary);
  for (const { meaning, unit, source = "-" } of metrics) {
    assert.ok(meaning.length > 15 && unit.length > 0, meaning);
    assert.doesNotMatch(meaning + source, /\.$|\s\s/);
  }
  assert.equal(new Set(metrics.map(({ meaning }) => meaning)).size, metrics.length);
});

Deno.test("higher scores are better, longer steps worse, and KL is neither", () => {
  const better = (name: keyof typeof glossary) => (glossary[name] as Metric).better;
  assert.deepEqual([better("score_mean"), better("step_seconds"), better("kl")], [
    "up",
    "down",
    undefined,
  ]);
});

Deno.test("a line survives JSON, with NaN for numbers that JSON does not have", () => {
  const line = madeUpLine(3, { explained_variance: NaN, gradient_norm: Infinity, kl: -0.25 });
  assert.deepEqual(read(JSON.parse(JSON.stringify(line))), { ...line, gradient_norm: NaN });
});

Deno.test("a missing metric is NaN, and an unknown one is dropped", () => {
  const line = read({ step: 1, kl: 2, loss: 3 });
  assert.equal(line.kl, 2);
  assert.ok(Number.isNaN(line.score_mean));
  assert.ok(!("loss" in line));
});

Deno.test("a step must be an integer, and a metric a number", () => {
  for (const line of [{}, { step: 1.5 }, { step: -1 }, { step: 1, kl: "2" }]) {
    assert.equal(metricsLineSchema.safeParse(line).success, false, JSON.stringify(line));
  }
});
