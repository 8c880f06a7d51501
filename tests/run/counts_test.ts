import assert from "node:assert/strict";
import { closingLine, countsOf, sumOf } from "./counts.ts";

Deno.test("the closing line of deno test is read, wherever steps and filters stand in it", () => {
  const lines: [string, [number, number, number]][] = [
    ["ok | 12 passed | 0 failed (3s)", [12, 0, 0]],
    ["ok | 18 passed (13 steps) | 0 failed | 2 ignored (168ms)", [18, 0, 2]],
    ["FAILED | 7 passed | 8 failed (3 steps) | 1 ignored | 5 filtered out (50ms)", [7, 8, 1]],
  ];
  for (const [line, [passed, failed, skipped]] of lines) {
    const output = `ok | 1 passed | 0 failed\nmore\n\n${line}\n\nerror: Test failed\n`;
    assert.deepEqual(countsOf(output), { passed, failed, skipped }, line);
  }
});

Deno.test("a run that never came to count says nothing", () => {
  assert.equal(countsOf("error: Type checking failed.\n"), undefined);
});

Deno.test("the closing line counts, and blames something where a run failed without a test", () => {
  const counts = { passed: 3, failed: 0, skipped: 0 };
  const say = closingLine;
  assert.equal(say(counts, { succeeded: true }), "3 passed, 0 failed");
  assert.equal(
    say({ ...counts, skipped: 2 }, { succeeded: true }),
    "3 passed, 0 failed, 2 skipped",
  );
  assert.equal(say({ ...counts, failed: 4 }, { succeeded: false }), "3 passed, 4 failed");
  assert.equal(say(counts, { succeeded: false }), "3 passed, 1 failed");
  assert.equal(say(undefined, { succeeded: false }), "0 passed, 1 failed");
  assert.equal(say(undefined, { succeeded: true }), "0 passed, 1 failed");
});

Deno.test("several runs are counted together, unless one of them ended without counts", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  assert.deepEqual(sumOf([one, one]), { passed: 2, failed: 4, skipped: 6 });
  assert.equal(sumOf([one, undefined]), undefined);
  assert.equal(sumOf([undefined, one]), undefined);
});
