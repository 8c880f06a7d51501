import assert from "node:assert/strict";
import fc from "fast-check";
import {
  explainedVariance,
  mean,
  standardDeviation,
  variance,
  whiten,
} from "../../../src/ppo/math/statistics.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, batch, entry, flat, rowsOf } from "./arbitrary_rows.ts";

const returns = rowsOf(golden.statistics.returns);
const values = rowsOf(golden.statistics.values);

Deno.test("statistics over ragged rows match numpy over all entries", () => {
  const { statistics } = golden;
  assertNear([mean(returns)], [statistics.mean], 1e-14);
  assertNear([variance(returns)], [statistics.variance], 1e-14);
  assertNear([standardDeviation(returns)], [statistics.standard_deviation], 1e-14);
  assertNear([explainedVariance({ values, returns })], [statistics.explained_variance], 1e-13);
});

Deno.test("the division of entries into rows makes no difference", () => {
  fc.assert(fc.property(batch, (rows) => {
    const one = [Float64Array.from(rows.flatMap((row) => [...row]))];
    assert.equal(mean(rows), mean(one));
    assert.equal(variance(rows), variance(one));
  }));
});

Deno.test("equal entries have an exact mean and a variance of 0", () => {
  // Adding 0 makes -0 a 0: a sum of -0 and 0 is 0, and the two count as equal.
  const value = entry.map((each) => each + 0);
  fc.assert(fc.property(value, fc.integer({ min: 1, max: 50 }), (value, length) => {
    const rows = [new Float64Array(0), new Float64Array(length).fill(value)];
    assert.equal(mean(rows), value);
    assert.equal(variance(rows), 0);
    assert.equal(standardDeviation(rows), 0);
  }));
});

Deno.test("variance does not depend on the offset of the entries", () => {
  const far = returns.map((row) => row.map((each) => each + 1e6));
  assertNear([variance(far)], [golden.statistics.variance], 1e-9);
});

Deno.test("a perfect critic explains everything, a constant nothing, a wrong one less than nothing", () => {
  assert.equal(explainedVariance({ values: returns, returns }), 1);
  const constant = returns.map((row) => row.map(() => 7));
  assertNear([explainedVariance({ values: constant, returns })], [0]);
  const opposite = returns.map((row) => row.map((each) => -each));
  assertNear([explainedVariance({ values: opposite, returns })], [-3]);
});

Deno.test("equal returns leave nothing to explain", () => {
  const flat = returns.map((row) => row.map(() => 0.1));
  assert.equal(explainedVariance({ values, returns: flat }), 0);
  assert.equal(explainedVariance({ values: flat, returns: flat }), 0);
  const one = [Float64Array.of(3)];
  assert.equal(explainedVariance({ values: one, returns: one }), 0);
});

Deno.test("statistics of no entries are an error", () => {
  for (const rows of [[], [new Float64Array(0)]]) {
    assert.throws(() => mean(rows), RangeError);
    assert.throws(() => variance(rows), RangeError);
    assert.throws(() => whiten(rows), RangeError);
  }
});

Deno.test("values and returns of different shapes are an error", () => {
  assert.throws(() => explainedVariance({ values: values.slice(1), returns }), RangeError);
  const shorter = values.map((row) => row.slice(1));
  assert.throws(() => explainedVariance({ values: shorter, returns }), RangeError);
});

Deno.test("whitening ragged rows matches torch on padded rows with a mask", () => {
  for (const example of golden.whitening) {
    const rows = rowsOf(example.rows);
    for (const [i, row] of whiten(rows).entries()) assertNear(row, example.shifted[i]!, 1e-11);
    for (const [i, row] of whiten(rows, { shiftMean: false }).entries()) {
      assertNear(row, example.not_shifted[i]!, 1e-11);
    }
  }
});

Deno.test("a whitened batch has mean 0, or keeps its mean, and unit variance", () => {
  fc.assert(fc.property(batch, (rows) => {
    const spread = variance(rows);
    const expected = spread / (spread + 1e-8);
    assertNear([mean(whiten(rows)), variance(whiten(rows))], [0, expected], 1e-9);
    const kept = whiten(rows, { shiftMean: false });
    assertNear([mean(kept), variance(kept)], [mean(rows), expected], 1e-9);
  }));
});

Deno.test("whitening does not depend on the order of the entries", () => {
  const shuffled = batch.chain((rows) => {
    const entries = flat(rows);
    const order = fc.shuffledSubarray([...entries.keys()], {
      minLength: entries.length,
      maxLength: entries.length,
    });
    return fc.tuple(fc.constant(rows), order);
  });
  fc.assert(fc.property(shuffled, ([rows, order]) => {
    const entries = flat(rows);
    const permuted = [Float64Array.from(order, (index) => entries[index]!)];
    const whitened = flat(whiten(rows));
    assertNear(whiten(permuted)[0]!, order.map((index) => whitened[index]!), 1e-9);
  }));
});

Deno.test("whitening turns equal entries into exactly 0, or leaves them unchanged", () => {
  fc.assert(fc.property(entry, fc.integer({ min: 1, max: 40 }), (value, length) => {
    const rows = [new Float64Array(length).fill(value), new Float64Array(0)];
    assert.deepEqual(whiten(rows), [new Float64Array(length), new Float64Array(0)]);
    assert.ok(flat(whiten(rows, { shiftMean: false })).every((each) => each === value));
  }));
});

Deno.test("whitening keeps the lengths of rows and does not modify them", () => {
  fc.assert(fc.property(batch, (rows) => {
    const before = rows.map((row) => row.slice());
    assert.deepEqual(whiten(rows).map(({ length }) => length), rows.map(({ length }) => length));
    assert.deepEqual(rows, before);
  }));
});
