import assert from "node:assert/strict";
import { divergenceGuard } from "../../../src/ppo/run/divergence.ts";
import { metricsLineSchema } from "../../../src/ppo/run/metrics.ts";

const line = (step: number, kl_per_token: number) =>
  metricsLineSchema.parse({ step, kl_per_token: Number.isNaN(kl_per_token) ? null : kl_per_token });

/** A guard with the warnings that it gave. */
function watched(limit: number, action: "warn" | "stop") {
  const warnings: string[] = [];
  const check = divergenceGuard({ limit, action, warn: (message) => void warnings.push(message) });
  return { check, warnings };
}

Deno.test("a run that diverges is warned of once", () => {
  const { check, warnings } = watched(3, "warn");
  [0.5, 3, -1, 11.625, 12].forEach((kl, i) => check(line(i + 1, kl)));
  assert.deepEqual(warnings, [
    "the policy has diverged: a KL of 11.63 nats per token from the reference at step 4, " +
    "above --diverged-kl 3",
  ]);
});

Deno.test("a run that diverges can be stopped, naming the step and what may help", () => {
  const { check, warnings } = watched(3, "stop");
  check(line(1, 3));
  assert.throws(() => check(line(2, 3.5)), {
    kind: "training_failed",
    message:
      /^Cannot continue as .*--learning-rate.*: received a KL of 3.50 nats .* step 2, above --diverged-kl 3$/,
  });
  assert.throws(() => check(line(2, NaN)), { kind: "training_failed" });
  assert.deepEqual(warnings, []);
});

Deno.test("without a limit nothing is divergence", () => {
  const { check, warnings } = watched(Infinity, "stop");
  [0, 1e9, NaN].forEach((kl, i) => check(line(i, kl)));
  assert.deepEqual(warnings, []);
});
