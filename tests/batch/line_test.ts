import assert from "node:assert/strict";
import { Call } from "../../src/batch/call.ts";
import { Entry } from "../../src/batch/entry.ts";
import { Line } from "../../src/batch/line.ts";

function entry(tokens: number, arrivedMs = 0): Entry {
  const query = { ids: new Int32Array(tokens), pool: [0], rows: [], measure: [] };
  return new Entry({ query, group: "", sharedTokens: 0 }, { arrivedMs });
}

function call(): Call {
  return new Call({ arrivedMs: 0, deadlineMs: Infinity });
}

Deno.test("a line counts sequences and tokens, and knows the oldest", () => {
  const line = new Line();
  const [one, two] = [entry(3, 7), entry(4, 5)];
  assert.deepEqual([line.length, line.tokens, line.oldestMs], [0, 0, Infinity]);
  line.add(call(), [one]);
  line.add(call(), [two]);
  assert.deepEqual([line.length, line.tokens, line.oldestMs], [2, 7, 5]);
  assert.ok(line.has(one));
  line.remove([two, entry(9)]);
  assert.deepEqual([line.length, line.tokens, line.oldestMs], [1, 3, 7]);
});

Deno.test("a call without entries is not in line, and one whose last entry goes leaves it", () => {
  const line = new Line();
  const [empty, one] = [call(), call()];
  const only = entry(1);
  line.add(empty, []);
  line.add(one, [only]);
  assert.deepEqual(line.calls, [one]);
  line.remove([only]);
  assert.deepEqual(line.calls, []);
});

Deno.test("calls that had their turn go to the end, in that order; calls that add keep their place", () => {
  const line = new Line();
  const [a, b, c] = [call(), call(), call()];
  const first = entry(1);
  line.add(a, [first, entry(1)]);
  line.add(b, [entry(1)]);
  line.add(c, [entry(1)]);
  line.take({ batch: [first], served: [a], full: true });
  assert.deepEqual(line.calls, [b, c, a]);
  line.add(b, [entry(1)]);
  assert.deepEqual(line.calls, [b, c, a]);
  line.take({ batch: [...b.entries, ...c.entries], served: [c, b], full: true });
  assert.deepEqual(line.calls, [a]);
  assert.deepEqual([a.entries.length, a.tokens], [1, 1]);
});
