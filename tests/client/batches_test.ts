/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Batch,
  batchesOf,
  itemOf,
  placeError,
  type RewardItemInput,
  writeRequest,
} from "../../src/client/batches.ts";
import { RewardClientError } from "../../src/client/error.ts";

const wide = {
  maxItemsPerRequest: 1_000,
  maxCompletionsPerRequest: 1_000,
  maxBytesPerRequest: 1_000_000,
};

function item(prompt: string, completions: number): RewardItemInput {
  return { prompt, completions: Array.from({ length: completions }, () => "x") };
}

Deno.test("requests hold every item once, in order, within every limit unless an item is beyond it alone", () => {
  fc.assert(fc.property(
    fc.array(
      fc.record({ prompt: fc.string({ unit: "binary" }), n: fc.integer({ min: 0, max: 5 }) }),
    ),
    fc.record({
      maxItemsPerRequest: fc.integer({ min: 1, max: 5 }),
      maxCompletionsPerRequest: fc.integer({ min: 1, max: 8 }),
      maxBytesPerRequest: fc.integer({ min: 60, max: 300 }),
    }),
    (drawn, limits) => {
      const items = drawn.map(({ prompt, n }) => item(prompt, n));
      const head = { truncate: "left", encoding: "base64" } as const;
      const headBytes = writeRequest([], head).length;
      const batches = [...batchesOf(items, limits, headBytes)];
      const indices = batches.flatMap((batch) => batch.map(({ index }) => index));
      assert.deepEqual(indices, items.map((_, i) => i));
      for (const batch of batches) {
        const body = writeRequest(batch, head);
        assert.deepEqual(JSON.parse(body), {
          items: batch.map(({ index }) => items[index]),
          ...head,
        });
        if (batch.length === 1) continue;
        const completions = batch.reduce((sum, { units }) => sum + units.length, 0);
        assert.ok(batch.length <= limits.maxItemsPerRequest);
        assert.ok(completions <= limits.maxCompletionsPerRequest);
        assert.ok(new TextEncoder().encode(body).length <= limits.maxBytesPerRequest);
      }
    },
  ));
});

Deno.test("a request without a head has items only", () => {
  const [batch = []] = batchesOf([item("a", 1)], wide, 20);
  assert.equal(writeRequest(batch, {}), '{"items":[{"prompt":"a","completions":["x"]}]}');
});

Deno.test("what is asked for is counted: spans exactly, ids at most, tokens not at all", () => {
  const [batch = []] = batchesOf(
    [
      { prompt: "a", completions: ["b c", "d"], token_spans: [[[0, 1], [1, 3]], []] },
      { prompt_ids: [1], completion_ids: [[2, 3, 4], []] },
      { messages: [{ role: "user", content: "a" }], completions: ["b"] },
    ],
    wide,
    20,
  );
  assert.deepEqual(batch.map(({ units }) => units), [
    [{ count: 2, atMost: false }, { count: 0, atMost: false }],
    [{ count: 3, atMost: true }, { count: 0, atMost: true }],
    [{ count: undefined, atMost: false }],
  ]);
});

Deno.test("what is no item is left for the server to refuse; what is no JSON is refused here", () => {
  const wrong = [undefined, null, 3, "text", { prompt: 1 }, []] as unknown as RewardItemInput[];
  const [batch = []] = batchesOf(wrong, wide, 20);
  assert.deepEqual(JSON.parse(writeRequest(batch, {})).items, [
    null,
    null,
    3,
    "text",
    { prompt: 1 },
    [],
  ]);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const items = [item("a", 1), circular as unknown as RewardItemInput];
  assert.throws(() => [...batchesOf(items, wide, 20)], {
    name: "RewardClientError",
    kind: "invalid_request",
    path: "items[1]",
  });
});

Deno.test("a place in a request becomes the place in the call, in path and message", () => {
  const items = Array.from({ length: 8 }, (_, i) => item(`${i}`, 1));
  const [, second] = [...batchesOf(items, { ...wide, maxItemsPerRequest: 5 }, 20)];
  const batch: Batch = second?.slice(1) ?? [];
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
