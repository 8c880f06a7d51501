import assert from "node:assert/strict";
import { bucketOf, spanOf } from "../../src/layers/disentangled_bias.ts";
import golden from "../golden/deberta_buckets.json" with { type: "json" };

for (
  const { position_buckets: buckets, max_relative_positions: longest, buckets: expected } of golden
    .cases
) {
  Deno.test(`distances up to ${longest} fall into ${buckets} buckets as transformers has them`, () => {
    const distances = { buckets, longest, context: longest };
    const found = expected.map((_, distance) => bucketOf(distance, distances));
    assert.deepEqual(found, expected);
    const other = expected.map((_, distance) => 0 + bucketOf(-distance, distances));
    assert.deepEqual(other, expected.map((bucket) => 0 - bucket));
    assert.equal(spanOf(distances), buckets);
  });
}

Deno.test("without buckets every distance has a place of its own", () => {
  const distances = { buckets: -1, longest: 12, context: 96 };
  assert.deepEqual([-40, -3, 0, 7].map((each) => bucketOf(each, distances)), [-40, -3, 0, 7]);
  assert.equal(spanOf(distances), 12);
});
