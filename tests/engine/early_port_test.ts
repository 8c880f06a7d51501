import assert from "node:assert/strict";
import { childPort } from "../../src/engine/child_port.ts";
import { EarlyPort } from "../../src/engine/early_port.ts";
import type { Port } from "../../src/engine/port.ts";
import { livingChildren } from "../support/children.ts";

/** Ports that only know how often they were ended. */
function countedPorts(): { ends: number[]; open: () => Port } {
  const ends: number[] = [];
  return {
    ends,
    open() {
      const at = ends.push(0) - 1;
      const end = () => Promise.resolve(void ends[at]!++);
      return { post() {}, listen() {}, end };
    },
  };
}

Deno.test("the first port is open before anybody asks, later ones when they are asked for", async () => {
  const { ends, open } = countedPorts();
  await using early = new EarlyPort(open);
  assert.equal(ends.length, 1);
  const first = early.port();
  assert.equal(ends.length, 1);
  const second = early.port();
  assert.equal(ends.length, 2);
  assert.notEqual(first, second);
});

Deno.test("a port that somebody has is theirs to end, and one that nobody wanted is ended", async () => {
  const { ends, open } = countedPorts();
  await using taken = new EarlyPort(open);
  taken.port();
  await taken[Symbol.asyncDispose]();
  const unwanted = new EarlyPort(open);
  await unwanted[Symbol.asyncDispose]();
  await unwanted[Symbol.asyncDispose]();
  assert.deepEqual(ends, [0, 1]);
});

Deno.test("a process that nobody wanted is gone, and nothing of it is left", async () => {
  const before = await livingChildren();
  const early = new EarlyPort(() => childPort(Deno.execPath()));
  await early[Symbol.asyncDispose]();
  assert.deepEqual(await livingChildren(), before);
});
