import assert from "node:assert/strict";
import { findCores } from "../../src/text/token_cores.ts";

Deno.test("a core is what a token leaves of its span without the space that it takes", () => {
  const tokens = {
    ids: Int32Array.of(5, 6, 5),
    texts: [[0, 3]] as const,
    starts: Int32Array.of(0, 4, 5),
    ends: Int32Array.of(4, 5, 8),
  };
  const cores = (lstrip: boolean, rstrip: boolean) => [
    ...findCores(["  <>x <>"], tokens, new Map([[5, { length: 2, lstrip, rstrip }]])),
  ];
  assert.deepEqual(cores(true, false), [[0, [2, 4]], [2, [6, 8]]]);
  assert.deepEqual(cores(true, true), [[0, [2, 4]], [2, [6, 8]]]);
  assert.deepEqual(cores(false, true), [[0, [0, 2]], [2, [5, 7]]]);
  assert.deepEqual([...findCores(["x"], tokens, new Map())], []);
});
