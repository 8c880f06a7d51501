import assert from "node:assert/strict";
import { Admission } from "../../src/batch/admission.ts";

function setUp(waitingTokens = 0) {
  const queue = { waitingTokens: () => waitingTokens, retryAfterS: () => 7 };
  const limits = { maxQueued: 10, maxQueuedTokens: 100, maxPlannedTokens: 200 };
  let freed = 0;
  const admission = new Admission(limits, queue, () => freed++);
  return { admission, freed: () => freed };
}

Deno.test("places are taken whole or not at all, and are free again once", () => {
  const { admission, freed } = setUp();
  const permit = admission.admit(8);
  assert.throws(() => admission.admit(3), { kind: "overloaded", retryAfterS: 7 });
  assert.equal(admission.admitted, 8);
  assert.equal(admission.refusal(2), undefined);
  assert.equal(admission.refusal(3)?.kind, "overloaded");
  permit[Symbol.dispose]();
  permit[Symbol.dispose]();
  assert.deepEqual([admission.admitted, freed()], [0, 2]);
  assert.throws(() => admission.admit(11), { kind: "too_large" });
});

Deno.test("a queue of too many tokens has no places, and a closed one has none either", () => {
  assert.throws(() => setUp(100).admission.admit(1), { kind: "overloaded" });
  const { admission } = setUp(99);
  admission.admit(1);
  assert.equal(admission.refusal(200)?.tooMany, true);
  admission.close();
  assert.equal(admission.refusal(1)?.tooMany, false, "nobody is too many for a server that stops");
  assert.throws(() => admission.admit(1), {
    kind: "overloaded",
    message: "Cannot admit as the server is shutting down, with 1 completions admitted: received 1",
  });
});

Deno.test("an error says when to come back, by the queue or by what is known better", () => {
  const { admission } = setUp();
  assert.equal(admission.overloaded("it is Sunday", 1).retryAfterS, 7);
  assert.equal(admission.overloaded("it is Sunday", 1, 3).retryAfterS, 3);
});
