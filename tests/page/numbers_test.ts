import assert from "node:assert/strict";
import { counted, exact, percent, signed, unsigned } from "../../src/page/numbers.js";

Deno.test("a rounded number shows its sign, and none where it rounds to nothing", () => {
  assert.deepEqual([1.9345, -1.9345, 0, 0.0001, -0.0001].map((value) => signed(value)), [
    "+1.935",
    "\u22121.935",
    "0",
    "0.000",
    "0.000",
  ]);
  assert.equal(signed(-12.5, 0), "\u221213");
});

Deno.test("an exact number has the digits of float32, and no more", () => {
  assert.deepEqual([0.1 + 0.2, -1 / 3, 0, 1e-9, 123456.789].map(exact), [
    "+0.3",
    "\u22120.33333333",
    "0",
    "+1e-9",
    "+123456.79",
  ]);
});

Deno.test("a share shows its sign only where it is below 0", () => {
  assert.deepEqual([0.25, 0, -0.25].map(unsigned), ["0.25", "0", "\u22120.25"]);
});

Deno.test("parts are percentages, small ones with a digit more", () => {
  assert.deepEqual([0.71, 0.054, 0, 1, -0.2].map(percent), [
    "71\u00a0%",
    "5.4\u00a0%",
    "0\u00a0%",
    "100\u00a0%",
    "\u221220\u00a0%",
  ]);
});

Deno.test("things are counted in the right number", () => {
  assert.deepEqual([0, 1, 1200].map((count) => counted(count, "token")), [
    "0 tokens",
    "1 token",
    "1,200 tokens",
  ]);
});
