import assert from "node:assert/strict";
import { rangesOf } from "../../../src/ppo/graphs/swept_step.ts";
import { quickAdam } from "../golden_policy.ts";

const layout = { places: new Map(), size: 10, policySize: 7 };
const both = { criticOnly: false, policyLater: false };

/** The ranges of a step, by their names. */
function ranges(critic: object | undefined, phase: object, sizes: object = {}) {
  const settings = critic === undefined ? quickAdam : { ...quickAdam, critic };
  return rangesOf(settings, { ...layout, ...sizes }, { ...both, ...phase })
    .map(({ name, start, end, settings, later }) => {
      return [name, start, end, settings.learningRate, settings.maxGradientNorm, later];
    });
}

Deno.test("policy and critic are one range, unless something sets them apart", () => {
  assert.deepEqual(ranges(undefined, {}), [["all", 0, 10, 0.01, 0.5, false]]);
  assert.deepEqual(ranges(undefined, { policyLater: true }), [
    ["policy", 0, 7, 0.01, 0.5, true],
    ["critic", 7, 10, 0.01, 0.5, false],
  ]);
  assert.deepEqual(ranges({ learningRate: 0.3 }, {}), [
    ["policy", 0, 7, 0.01, 0.5, false],
    ["critic", 7, 10, 0.3, 0.5, false],
  ]);
});

Deno.test("a policy that is trained later has the schedule of its own updates, and its critic that of the run", () => {
  const settings = { ...quickAdam, totalUpdates: 20, policyUpdates: 8 };
  const updates = (policyLater: boolean) =>
    rangesOf(settings, layout, { ...both, policyLater }).map(({ name, settings }) => [
      name,
      settings.totalUpdates,
    ]);
  assert.deepEqual(updates(true), [["policy", 8], ["critic", 20]]);
  assert.deepEqual(updates(false), [["all", 20]]);
});

Deno.test("the critic alone is its range, with what it has of its own", () => {
  assert.deepEqual(ranges(undefined, { criticOnly: true }), [["critic", 7, 10, 0.01, 0.5, false]]);
  assert.deepEqual(ranges({ maxGradientNorm: 2 }, { criticOnly: true }), [
    ["critic", 7, 10, 0.01, 2, false],
  ]);
});

Deno.test("without a critic there is no range for it", () => {
  assert.deepEqual(ranges({ learningRate: 0.3 }, {}, { policySize: 10 }), [
    ["policy", 0, 10, 0.01, 0.5, false],
  ]);
});
