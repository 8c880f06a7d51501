/**
 * @module
 */

import assert from "node:assert/strict";
import { RewardClientError } from "../../src/client/error.ts";
import { itemOf, placeError } from "../../src/client/place.ts";
import type { Batch } from "../../src/client/written_item.ts";

Deno.test("a place in a request becomes the place in the call, in path and message", () => {
  const batch: Batch = [6, 7].map((index) => ({ index, json: "{}", bytes: 2, units: [] }));
  const path = "items[1].completions[2]";
  const error = new RewardClientError("too_long", `Cannot as ${path} is $& long`, {
    path,
    status: 422,
  });
  const placed = placeError(error, batch);
  assert.equal(placed.path, "items[7].completions[2]");
  assert.equal(placed.message, "Cannot as items[7].completions[2] is $& long");
  assert.equal(placed.status, 422);
  for (const path of [undefined, "credit.beta", "items", "items[9]", "other.items[0]"]) {
    const outside = new RewardClientError("invalid_request", "Cannot", { path });
    assert.equal(placeError(outside, batch), outside);
    assert.equal(itemOf(path, batch), undefined);
  }
});
