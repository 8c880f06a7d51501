import assert from "node:assert/strict";
import fc from "fast-check";
import { learningRate, type Schedule, schedules } from "../../src/ppo/schedule.ts";
import golden from "../golden/ppo.json" with { type: "json" };
import { assertNear } from "./arbitrary_rows.ts";

const names = Object.keys(schedules) as Schedule[];

Deno.test("rates are those of torch's schedulers", () => {
  assert.deepEqual(new Set(golden.learning_rates.map(({ schedule }) => schedule)), new Set(names));
  for (const { peak, warmup, total, rates, ...example } of golden.learning_rates) {
    const schedule = example.schedule as Schedule;
    const options = { peak, schedule, warmupSteps: warmup, totalSteps: total };
    const found = rates.map((_, step) => learningRate(step, options) / peak);
    assertNear(found, rates.map((rate) => rate / peak));
  }
});

Deno.test("the peak is reached when warm-up ends, or at once without one", () => {
  for (const schedule of names) {
    const run = { peak: 3e-5, schedule, totalSteps: 100 };
    assert.equal(learningRate(0, { ...run, warmupSteps: 0 }), 3e-5);
    assert.equal(learningRate(10, { ...run, warmupSteps: 10 }), 3e-5);
    assertNear([learningRate(4, { ...run, warmupSteps: 9 })], [1.5e-5], 1e-20);
  }
});

Deno.test("after the last update nothing is left, except of a constant", () => {
  const run = { peak: 1, warmupSteps: 10, totalSteps: 100 };
  for (const step of [100, 101, 1e6]) {
    assert.equal(learningRate(step, { ...run, schedule: "constant" }), 1);
    assert.equal(learningRate(step, { ...run, schedule: "linear" }), 0);
    assert.equal(learningRate(step, { ...run, schedule: "cosine" }), 0);
  }
});

Deno.test("half way both falling schedules are at half the peak", () => {
  for (const schedule of ["linear", "cosine"] as const) {
    const run = { peak: 2, schedule, warmupSteps: 20, totalSteps: 100 };
    assertNear([learningRate(60, run)], [1], 1e-15);
  }
});

Deno.test("rates rise to the peak and fall from it, and every update of a run moves something", () => {
  const run = fc.record({
    peak: fc.constant(1),
    schedule: fc.constantFrom(...names),
    warmupSteps: fc.nat({ max: 40 }),
    totalSteps: fc.integer({ min: 1, max: 80 }),
  });
  fc.assert(fc.property(run, (options) => {
    const { totalSteps, warmupSteps } = options;
    const rates = Array.from({ length: totalSteps }, (_, step) => learningRate(step, options));
    for (const [step, rate] of rates.entries()) {
      assert.ok(rate > 0 && rate <= 1, `${rate} at ${step}`);
      const before = rates[step - 1];
      if (before === undefined) continue;
      assert.ok(step <= warmupSteps ? rate > before : rate <= before, `${before}, then ${rate}`);
    }
  }));
});

Deno.test("a run that is shorter than its warm-up only rises", () => {
  const run = { peak: 1, schedule: "linear", warmupSteps: 10, totalSteps: 5 } as const;
  assertNear([learningRate(4, run)], [5 / 11]);
  assert.equal(learningRate(10, run), 0);
});

Deno.test("steps that are no counts are refused", () => {
  const run = { peak: 1, schedule: "linear", warmupSteps: 1, totalSteps: 5 } as const;
  for (const wrong of [-1, 0.5, NaN, Infinity]) {
    assert.throws(() => learningRate(wrong, run), RangeError);
    assert.throws(() => learningRate(0, { ...run, warmupSteps: wrong }), RangeError);
    assert.throws(() => learningRate(0, { ...run, totalSteps: wrong }), /'totalSteps' is no count/);
  }
});
