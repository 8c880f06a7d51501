import assert from "node:assert/strict";
import { bytes, countParameters, table } from "../../src/cli/figures.ts";

Deno.test("parameters are counted as papers do", () => {
  const counts = [0, 9_999, 10_000, 3_344_448, 7_241_732_096];
  assert.deepEqual(counts.map(countParameters), ["0", "9,999", "10.0 k", "3.3 M", "7.2 B"]);
});

Deno.test("sizes are told in the unit that keeps them short", () => {
  assert.deepEqual([0, 999, 1_000, 6_689_000, 15e9, 2e15].map(bytes), [
    "0 bytes",
    "999 bytes",
    "1.0 kB",
    "6.7 MB",
    "15.0 GB",
    "2000.0 TB",
  ]);
});

Deno.test("a table lines its values up", () => {
  assert.deepEqual(table([["a", "1"], ["long", "2"]]), ["a     1", "long  2"]);
});
