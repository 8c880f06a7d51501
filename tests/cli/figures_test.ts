import assert from "node:assert/strict";
import { countParameters, duration, grouped, table } from "../../src/cli/figures.ts";

Deno.test("parameters are counted as papers do", () => {
  const counts = [0, 9_999, 10_000, 3_344_448, 7_241_732_096];
  assert.deepEqual(counts.map(countParameters), ["0", "9,999", "10.0 k", "3.3 M", "7.2 B"]);
});

Deno.test("a table lines its values up", () => {
  assert.deepEqual(table([["a", "1"], ["long", "2"]]), ["a     1", "long  2"]);
});

Deno.test("counts have their thousands separated and small rates a decimal", () => {
  assert.deepEqual([1234567.8, 9.96, 0.04, 3].map(grouped), ["1,234,568", "10", "0", "3"]);
});

Deno.test("durations have the unit that suits their size", () => {
  assert.deepEqual([-1, 0.2, 119, 121, 7_199, 7_260, 90_000].map(duration), [
    "0 s",
    "1 s",
    "119 s",
    "2 min",
    "2 h 0 min",
    "2 h 1 min",
    "25 h 0 min",
  ]);
});
