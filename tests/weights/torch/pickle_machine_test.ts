import assert from "node:assert/strict";
import { PickleMachine } from "../../../src/weights/torch/pickle_machine.ts";

Deno.test("a mark shields what lies below it until it is taken", () => {
  const machine = new PickleMachine();
  machine.push(1);
  machine.mark();
  assert.throws(() => machine.take(1), /not there: received 0 of 1/);
  assert.throws(() => machine.keep(0), /not there/);
  machine.push(2);
  machine.push(3);
  assert.deepEqual(machine.takeMarked(), [2, 3]);
  assert.deepEqual(machine.take(1), [1]);
  assert.throws(() => machine.takeMarked(), /no mark/);
});

Deno.test("the memo keeps at most a million values", () => {
  const machine = new PickleMachine();
  machine.push(null);
  for (let index = 0; index < 1_000_000; index++) machine.keep(index);
  assert.throws(() => machine.keep(1_000_000), /keep at most 1000000 values/);
  machine.recall(999_999);
});
