import assert from "node:assert/strict";
import { countParameters, table } from "../../src/cli/figures.ts";

Deno.test("parameters are counted as papers do", () => {
  const counts = [0, 9_999, 10_000, 3_344_448, 7_241_732_096];
  assert.deepEqual(counts.map(countParameters), ["0", "9,999", "10.0 k", "3.3 M", "7.2 B"]);
});

Deno.test("a table lines its values up", () => {
  assert.deepEqual(table([["a", "1"], ["long", "2"]]), ["a     1", "long  2"]);
});
