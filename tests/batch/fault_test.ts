import assert from "node:assert/strict";
import { type FaultKind, faultOf } from "../../src/batch/fault.ts";
import { RuntimeDied } from "../../src/engine/port.ts";
import { AbacusError } from "../../src/errors.ts";

function died(underWay: boolean): RuntimeDied {
  return new RuntimeDied("the engine's process ended: received SIGKILL", {
    reason: "SIGKILL",
    underWay,
  });
}

function failure(cause: unknown, path?: string): AbacusError {
  return new AbacusError("model_failure", "Cannot run the model", { cause, path });
}

const faults: readonly [what: string, thrown: unknown, kind: FaultKind, index?: number][] = [
  ["a death", died(true), "died"],
  ["a death in a pass that blames its first query", failure(died(true), "[0]"), "died"],
  ["a death behind another", failure(failure(died(false))), "interrupted"],
  ["too little memory", failure(new Error("std::bad_alloc")), "out_of_memory"],
  ["too little memory for a pass", failure(new Error("std::bad_alloc"), "[1]"), "out_of_memory"],
  ["blame", failure(undefined, "[2]"), "blamed", 2],
  ["blame outside the batch", failure(undefined, "[3]"), "failed"],
  ["a path of another kind", new AbacusError("overloaded", "No", { path: "[0]" }), "failed"],
  ["no error at all", "boom", "failed"],
];

for (const [what, thrown, kind, index] of faults) {
  Deno.test(`${what} is read as ${kind}`, () => {
    const fault = faultOf(thrown, 3);
    assert.deepEqual([fault.kind, fault.index], [kind, index]);
    assert.ok(fault.error instanceof AbacusError);
  });
}

Deno.test("what is no error of ours becomes a model failure with its words", () => {
  const { error } = faultOf("boom", 1);
  assert.deepEqual([error.kind, error.message], [
    "model_failure",
    "Cannot score as the engine failed: received boom",
  ]);
});
