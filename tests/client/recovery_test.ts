/**
 * @module
 */

import assert from "node:assert/strict";
import type { Batch } from "../../src/client/requests.ts";
import { type ClientErrorKind, RewardClientError } from "../../src/client/error.ts";
import { itemOf, placeError, recoverAll, recoverEach } from "../../src/client/recovery.ts";

const batch: Batch = [10, 11, 12].map((index) => ({ index, json: "{}", bytes: 2, expected: [] }));
const [first, second, third] = batch;

function error(kind: ClientErrorKind, path?: string): RewardClientError {
  return new RewardClientError(kind, "Cannot", { path });
}

Deno.test("a request that is too large is cut in two until one item is left", () => {
  const halves = { refused: [], again: [[first, second], [third]] };
  for (const recover of [recoverAll, recoverEach]) {
    assert.deepEqual(recover(error("too_large"), batch), halves);
    assert.deepEqual(recover(error("too_large", "items"), batch), halves);
  }
  const alone = batch.slice(0, 1);
  assert.equal(recoverAll(error("too_large"), alone), undefined);
  assert.deepEqual(recoverEach(error("too_large"), alone), { refused: alone, again: [] });
});

Deno.test("where all must be scored nothing else has a way on", () => {
  for (
    const kind of ["invalid_request", "too_long", "too_large", "overloaded", "network"] as const
  ) {
    assert.equal(recoverAll(error(kind, "items[1].completions[0]"), batch), undefined, kind);
  }
});

Deno.test("an item at fault is left out and the others are asked again", () => {
  for (const kind of ["invalid_request", "too_large", "too_long", "model_failure"] as const) {
    assert.deepEqual(recoverEach(error(kind, "items[1].completions[0]"), batch), {
      refused: [second],
      again: [[first, third]],
    });
  }
  const alone = batch.slice(0, 1);
  assert.deepEqual(recoverEach(error("too_long", "items[0]"), alone), {
    refused: alone,
    again: [],
  });
});

Deno.test("where no item is at fault alone, all get the error and nothing is sent again", () => {
  const kinds = ["network", "timeout", "overloaded", "deadline_exceeded", "model_failure"] as const;
  for (const kind of kinds) {
    assert.deepEqual(recoverEach(error(kind), batch), { refused: batch, again: [] }, kind);
  }
  assert.deepEqual(recoverEach(error("protocol", "items[1].completions"), batch), {
    refused: batch,
    again: [],
  });
});

Deno.test("what would befall every request ends the call", () => {
  const kinds = [
    "aborted",
    "unauthorized",
    "unknown_model",
    "unknown_route",
    "unsupported_media_type",
  ] as const;
  for (const kind of kinds) assert.equal(recoverEach(error(kind), batch), undefined, kind);
  assert.equal(recoverEach(error("invalid_request", "credit.beta"), batch), undefined);
  assert.equal(recoverEach(error("invalid_request"), batch), undefined);
});

Deno.test("a place in a request becomes the place in the call, in path and message", () => {
  const batch: Batch = [6, 7].map((index) => ({ index, json: "{}", bytes: 2, expected: [] }));
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
