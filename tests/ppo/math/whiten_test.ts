import assert from "node:assert/strict";
import fc from "fast-check";
import { mean, variance } from "../../../src/ppo/math/statistics.ts";
import { whiten } from "../../../src/ppo/math/whiten.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, batch, entry, flat, rowsOf } from "./arbitrary_rows.ts";

Deno.test("ragged rows come out as torch has them under a mask", () => {
  for (const example of golden.whitening) {
    const rows = rowsOf(example.rows);
    for (const [i, row] of whiten(rows).entries()) assertNear(row, example.shifted[i]!, 1e-11);
    for (const [i, row] of whiten(rows, { shiftMean: false }).entries()) {
      assertNear(row, example.not_shifted[i]!, 1e-11);
    }
  }
});

Deno.test("a whitened batch has mean 0, or the one it had, and unit variance", () => {
  fc.assert(fc.property(batch, (rows) => {
    const spread = variance(rows);
    const expected = spread / (spread + 1e-8);
    assertNear([mean(whiten(rows)), variance(whiten(rows))], [0, expected], 1e-9);
    const kept = whiten(rows, { shiftMean: false });
    assertNear([mean(kept), variance(kept)], [mean(rows), expected], 1e-9);
  }));
});

Deno.test("the order of the entries makes no difference", () => {
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

Deno.test("equal entries become 0 exactly, or stay as they are", () => {
  fc.assert(fc.property(entry, fc.integer({ min: 1, max: 40 }), (value, length) => {
    const rows = [new Float64Array(length).fill(value), new Float64Array(0)];
    assert.deepEqual(whiten(rows), [new Float64Array(length), new Float64Array(0)]);
    assert.ok(flat(whiten(rows, { shiftMean: false })).every((each) => each === value));
  }));
});

Deno.test("rows keep their lengths and are not changed", () => {
  fc.assert(fc.property(batch, (rows) => {
    const before = rows.map((row) => row.slice());
    assert.deepEqual(whiten(rows).map(({ length }) => length), rows.map(({ length }) => length));
    assert.deepEqual(rows, before);
  }));
});

Deno.test("there is nothing to whiten in an empty batch", () => {
  assert.throws(() => whiten([new Float64Array(0)]), RangeError);
});
