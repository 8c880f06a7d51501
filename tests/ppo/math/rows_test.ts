import assert from "node:assert/strict";
import { commonLength } from "../../../src/ppo/math/rows.ts";

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
