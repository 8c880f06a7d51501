import assert from "node:assert/strict";
import { totalUpdates } from "../../src/ppo/settings.ts";
import { tinySettings } from "./tiny_run.ts";

Deno.test("a run has an update for every minibatch of every epoch of every step", () => {
  const settings = { ...tinySettings, steps: 5, epochs: 3, minibatches: 2 };
  assert.equal(totalUpdates(settings), 30);
});
