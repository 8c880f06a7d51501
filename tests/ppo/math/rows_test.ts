import assert from "node:assert/strict";
import { commonLength, count, rowSums } from "../../../src/ppo/math/rows.ts";
import golden from "../../golden/ppo.json" with { type: "json" };
import { assertNear, rowsOf } from "./arbitrary_rows.ts";

Deno.test("rows of one completion have one length", () => {
  const [two, three] = [new Float64Array(2), new Float64Array(3)];
  assert.equal(commonLength("test", { two }), 2);
  assert.equal(commonLength("test", { three, others: [1, 2, 3] }), 3);
  assert.equal(commonLength("test", { none: [], nothing: [] }), 0);
  assert.throws(
    () => commonLength("add rows", { rewards: two, values: three }),
    new RangeError("Cannot add rows as the lengths differ: received 2 rewards and 3 values"),
  );
});

Deno.test("sums and counts of ragged rows match numpy", () => {
  const rows = rowsOf(golden.statistics.returns);
  assertNear(rowSums(rows), golden.statistics.row_sums, 1e-14);
  assert.equal(count(rows), golden.statistics.returns.flat().length);
});

Deno.test("an empty row has the sum 0 and no entries", () => {
  assert.deepEqual(rowSums([new Float64Array(0)]), new Float64Array(1));
  assert.deepEqual([count([]), count([new Float64Array(0)])], [0, 0]);
});
