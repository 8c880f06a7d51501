import assert from "node:assert/strict";
import { Stalled, within } from "../../../src/model/hub/idle.ts";

Deno.test("work in time keeps its result and its error; work without end counts as stalled", async () => {
  assert.equal(await within(Promise.resolve(3), 1_000_000), 3);
  await assert.rejects(within(Promise.reject(new TypeError("own")), 1_000_000), TypeError);
  await assert.rejects(within(new Promise(() => {}), 0), Stalled);
});
