import assert from "node:assert/strict";
import { CAUSAL, distinctWindows, visibleWindow, windowed } from "../../src/tree/window.ts";

Deno.test("a window's name says what is seen, unless it is all that stands before", () => {
  assert.equal(windowed("inner", CAUSAL), "inner");
  assert.equal(windowed("inner", { left: 4095, right: 0 }), "inner.left4095");
  assert.equal(windowed("last", { left: 64, right: 64 }), "last.left64.right64");
  assert.equal(windowed("last", { left: Infinity, right: Infinity }), "last.rightInfinity");
});

Deno.test("causal attention ends every window at the row, bidirectional leaves it as it is", () => {
  const window = { left: 64, right: 64 };
  assert.deepEqual(visibleWindow({ window }, "causal"), { left: 64, right: 0 });
  assert.deepEqual(visibleWindow({ window }, "bidirectional"), window);
  assert.deepEqual(visibleWindow({}, "causal"), CAUSAL);
  assert.deepEqual(visibleWindow({}, "bidirectional"), { left: Infinity, right: Infinity });
});

Deno.test("windows that come again are left out, whatever objects they are", () => {
  const near = { left: 4, right: 0 };
  assert.deepEqual(distinctWindows([near, CAUSAL, { ...near }, { ...CAUSAL }]), [near, CAUSAL]);
  assert.deepEqual(distinctWindows([]), []);
});
