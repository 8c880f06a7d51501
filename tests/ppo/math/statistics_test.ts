import assert from "node:assert/strict";
import fc from "fast-check";
import {
  count,
  explainedVariance,
  mean,
  rowSums,
  standardDeviation,
  variance,
} from "../../../src/ppo/math/statistics.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, batch, entry, rowsOf } from "./arbitrary_rows.ts";

const returns = rowsOf(golden.statistics.returns);
const values = rowsOf(golden.statistics.values);

Deno.test("statistics over ragged rows are those of numpy over all entries", () => {
  const { statistics } = golden;
  assertNear([mean(returns)], [statistics.mean], 1e-14);
  assertNear([variance(returns)], [statistics.variance], 1e-14);
  assertNear([standardDeviation(returns)], [statistics.standard_deviation], 1e-14);
  assertNear(rowSums(returns), statistics.row_sums, 1e-14);
  assertNear([explainedVariance({ values, returns })], [statistics.explained_variance], 1e-13);
});

Deno.test("how entries are cut into rows makes no difference", () => {
  fc.assert(fc.property(batch, (rows) => {
    const one = [Float64Array.from(rows.flatMap((row) => [...row]))];
    assert.equal(count(rows), one[0]!.length);
    assert.equal(mean(rows), mean(one));
    assert.equal(variance(rows), variance(one));
  }));
});

Deno.test("equal entries have that mean and no variance, to the last bit", () => {
  // Adding 0 makes -0 a 0: a sum of -0 and 0 is 0, and the two count as equal.
  const value = entry.map((each) => each + 0);
  fc.assert(fc.property(value, fc.integer({ min: 1, max: 50 }), (value, length) => {
    const rows = [new Float64Array(0), new Float64Array(length).fill(value)];
    assert.equal(mean(rows), value);
    assert.equal(variance(rows), 0);
    assert.equal(standardDeviation(rows), 0);
  }));
});

Deno.test("variance does not depend on where the entries lie", () => {
  const far = returns.map((row) => row.map((each) => each + 1e6));
  assertNear([variance(far)], [golden.statistics.variance], 1e-9);
});

Deno.test("a perfect critic explains all, a constant nothing, a wrong one less than that", () => {
  assert.equal(explainedVariance({ values: returns, returns }), 1);
  const constant = returns.map((row) => row.map(() => 7));
  assertNear([explainedVariance({ values: constant, returns })], [0]);
  const opposite = returns.map((row) => row.map((each) => -each));
  assertNear([explainedVariance({ values: opposite, returns })], [-3]);
});

Deno.test("where all returns are equal nothing is explained", () => {
  const flat = returns.map((row) => row.map(() => 0.1));
  assert.equal(explainedVariance({ values, returns: flat }), 0);
  assert.equal(explainedVariance({ values: flat, returns: flat }), 0);
  const one = [Float64Array.of(3)];
  assert.equal(explainedVariance({ values: one, returns: one }), 0);
});

Deno.test("no entries have no statistics", () => {
  for (const rows of [[], [new Float64Array(0)]]) {
    assert.throws(() => mean(rows), RangeError);
    assert.throws(() => variance(rows), RangeError);
    assert.equal(count(rows), 0);
    assert.deepEqual(rowSums(rows), new Float64Array(rows.length));
  }
});

Deno.test("values and returns of different shapes are a mistake of the program", () => {
  assert.throws(() => explainedVariance({ values: values.slice(1), returns }), RangeError);
  const shorter = values.map((row) => row.slice(1));
  assert.throws(() => explainedVariance({ values: shorter, returns }), RangeError);
});
