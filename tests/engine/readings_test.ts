import assert from "node:assert/strict";
import { expectFinite, floatRows } from "../../src/engine/readings.ts";

Deno.test("rows of an output are read by their index", () => {
  const row = floatRows("x", { x: { data: Float32Array.of(1, 2, 3, 4), dims: [2, 2] } });
  assert.deepEqual([[...row(0)], [...row(1)]], [[1, 2], [3, 4]]);
});

Deno.test("an output that is missing or of another type is a mistake of the program", () => {
  assert.throws(() => floatRows("x", {}), {
    name: "TypeError",
    message: 'Cannot read the output "x" as float32: received none',
  });
  const whole = { x: { data: Int32Array.of(1), dims: [1, 1] } };
  assert.throws(() => floatRows("x", whole), /received Int32Array/);
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`${bad} among a query's numbers is an error that names the query`, () => {
    expectFinite(Float32Array.of(0, 1), { what: "a gradient", index: 3 });
    assert.throws(() => expectFinite(Float32Array.of(0, bad), { what: "a gradient", index: 3 }), {
      kind: "model_failure",
      path: "[3]",
      message: `Cannot use a gradient that is not finite: received ${bad}`,
    });
  });
}
