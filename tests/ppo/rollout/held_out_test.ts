import assert from "node:assert/strict";
import { holdOut, withoutHeldOut } from "../../../src/ppo/rollout/held_out.ts";

const prompt = (...ids: number[]) => ({ ids: Int32Array.from(ids) });
const keys = (prompts: readonly { ids: Int32Array }[]) => prompts.map(({ ids }) => ids.join(" "));

Deno.test("a held-out prompt is not trained on, however often it occurs", () => {
  const prompts = [1, 2, 3, 4, 1, 2, 3, 4, 1].map((id) => prompt(id, 7));
  const { trained, heldOut } = holdOut(prompts, 0.5);
  assert.equal(heldOut.length, 2);
  assert.equal(new Set(keys(heldOut)).size, 2);
  assert.deepEqual(new Set(keys(trained)).intersection(new Set(keys(heldOut))), new Set());
  assert.equal(new Set([...keys(trained), ...keys(heldOut)]).size, 4);
  assert.deepEqual(holdOut(prompts, 0.5), { trained, heldOut }, "the choice is always the same");
});

Deno.test("one prompt at least is held out, and one at least must be left", () => {
  const two = [prompt(1), prompt(2)];
  assert.equal(holdOut(two, 0.01).heldOut.length, 1);
  assert.throws(() => holdOut([prompt(1), prompt(1)], 0.5), {
    kind: "bad_usage",
    message: /every prompt is held out .*: received 2 prompts, and 1 to evaluate on$/,
  });
});

Deno.test("prompts of an evaluation file are taken from those of training", () => {
  const prompts = [prompt(1, 2), prompt(12), prompt(3)];
  assert.deepEqual(keys(withoutHeldOut(prompts, [prompt(12), prompt(9)])), ["1 2", "3"]);
});
