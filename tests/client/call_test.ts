/**
 * @module
 */

import assert from "node:assert/strict";
import { forEachConcurrently } from "../../src/client/call.ts";
import { settled } from "./played.ts";

Deno.test("no more jobs run at a time than allowed, and none is taken before it can begin", async () => {
  const gates: PromiseWithResolvers<void>[] = [];
  let taken = 0;
  function* jobs() {
    for (; taken < 5;) yield taken++;
  }
  const stop = () => assert.fail("nothing failed");
  const work = () => (gates[gates.length] = Promise.withResolvers()).promise;
  const done = forEachConcurrently(jobs(), work, { concurrency: 2, stop });
  for (const under of [2, 3, 4, 5]) {
    await settled();
    assert.deepEqual([gates.length, taken], [under, under]);
    gates[under - 2]?.resolve();
  }
  gates[4]?.resolve();
  await done;
});

Deno.test("after a failure no job begins, and the first failure is thrown when all have ended", async () => {
  const begun: number[] = [];
  const gate = Promise.withResolvers<void>();
  const done = forEachConcurrently([0, 1, 2, 3], async (job) => {
    begun.push(job);
    if (job === 0) throw new Error("first");
    await gate.promise; // And then succeeds, with jobs still waiting.
  }, { concurrency: 2, stop: () => gate.resolve() });
  await assert.rejects(done, { message: "first" });
  assert.deepEqual(begun, [0, 1]);
});

Deno.test("a failure of the list of jobs is a failure", async () => {
  function* jobs(): Generator<number> {
    yield 1;
    throw new Error("no more");
  }
  let stopped = false;
  const stop = () => void (stopped = true);
  await assert.rejects(forEachConcurrently(jobs(), () => settled(), { concurrency: 3, stop }), {
    message: "no more",
  });
  assert.ok(stopped);
});
