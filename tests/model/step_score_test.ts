import assert from "node:assert/strict";
import { stepScoreRule } from "../../src/model/step_score.ts";

const two = { labels: ["bad", "good"], score: "softmax" } as const;

Deno.test("of two labels the second's probability is the score, or that of the one that is named", () => {
  const { text, score } = stepScoreRule(two);
  assert.equal(text, "P(good)");
  assert.ok(Math.abs(score(Float32Array.of(1, 3)) - 1 / (1 + Math.exp(-2))) < 1e-12);
  const bad = stepScoreRule(two, "bad");
  assert.ok(Math.abs(bad.score(Float32Array.of(1, 3)) - 1 / (1 + Math.exp(2))) < 1e-12);
  assert.equal(score(Float32Array.of(-200, 200)), 1);
  assert.equal(score(Float32Array.of(2_000, -2_000)), 0);
});

Deno.test("of more labels one has to be named, and weights are no probability", () => {
  const three = { labels: ["a", "b", "c"], score: "softmax" } as const;
  const probability = stepScoreRule(three, "c").score(new Float32Array(3));
  assert.ok(Math.abs(probability - 1 / 3) < 1e-12);
  for (const spec of [undefined, "a=1,b=2", "d"]) {
    assert.throws(() => stepScoreRule(three, spec), { kind: "bad_usage" }, `${spec}`);
  }
});

Deno.test("of one label the logistic function or the logit itself, as the class says", () => {
  const one = { labels: ["LABEL_0"] };
  const logits = Float32Array.of(2);
  const value = (score: "sigmoid" | "logits" | "softmax") => stepScoreRule({ ...one, score });
  assert.ok(Math.abs(value("sigmoid").score(logits) - 1 / (1 + Math.exp(-2))) < 1e-12);
  assert.equal(value("sigmoid").text, "sigmoid(LABEL_0)");
  assert.equal(value("logits").score(logits), 2);
  assert.equal(value("softmax").score(logits), 2, "a softmax of one logit would always be 1");
});

Deno.test("logits that are not finite are the model's failure", () => {
  const { score } = stepScoreRule(two);
  assert.throws(() => score(Float32Array.of(0, NaN)), { kind: "model_failure" });
  assert.throws(() => score(Float32Array.of(0)), { kind: "model_failure" });
});
