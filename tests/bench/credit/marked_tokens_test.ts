import assert from "node:assert/strict";
import { chanceOf, paidWithin, precisionOf } from "./marked_tokens.ts";

const completion = {
  rewards: new Float64Array([1, -4, 2, 3]),
  offsets: [[0, 3], [3, 7], [7, 9], [9, 12]] as const,
};

Deno.test("a token is of the range that its last character is in", () => {
  assert.equal(paidWithin(completion, [4, 9]), -4 + 2);
  assert.equal(paidWithin(completion, [3, 8]), -4);
});

Deno.test("marked tokens are ranked by their rewards in the sign's direction", () => {
  assert.equal(precisionOf(completion, { marks: [[3, 7]], sign: -1 }), 1);
  assert.equal(precisionOf(completion, { marks: [[3, 7]], sign: 1 }), 1 / 4);
});

Deno.test("chance is the mean average precision of all orders", () => {
  const { offsets } = completion;
  const orders = ordersOf([...offsets.keys()]);
  for (const marks of [[[3, 7]], [[0, 3], [7, 12]], [[0, 12]]] as const) {
    const precisions = orders.map((order) =>
      precisionOf({ rewards: Float64Array.from(order), offsets }, { marks, sign: 1 })
    );
    const mean = precisions.reduce((sum, each) => sum + each, 0) / orders.length;
    assert.ok(Math.abs(chanceOf({ offsets }, marks) - mean) < 1e-12);
  }
});

function ordersOf(places: readonly number[]): number[][] {
  if (places.length === 0) return [[]];
  return places.flatMap((place) =>
    ordersOf(places.filter((each) => each !== place)).map((rest) => [place, ...rest])
  );
}
