/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  batchesOf,
  type RewardItemInput,
  writeItem,
  writeRequest,
} from "../../src/client/requests.ts";

function written(...items: RewardItemInput[]) {
  return items.map(writeItem);
}

Deno.test("a request without a head has items only", () => {
  const batch = written({ prompt: "a", completions: ["x"] });
  assert.equal(writeRequest(batch, {}), '{"items":[{"prompt":"a","completions":["x"]}]}');
});

Deno.test("what is asked for is counted: spans exactly, ids at most, tokens not at all", () => {
  const batch = written(
    { prompt: "a", completions: ["b c", "d"], token_spans: [[[0, 1], [1, 3]], []] },
    { prompt_ids: [1], completion_ids: [[2, 3, 4], []] },
    { messages: [{ role: "user", content: "a" }], completions: ["b"] },
  );
  assert.deepEqual(batch.map(({ expected }) => expected), [
    [{ count: 2, atMost: false }, { count: 0, atMost: false }],
    [{ count: 3, atMost: true }, { count: 0, atMost: true }],
    [{ count: undefined, atMost: false }],
  ]);
});

Deno.test("what is no item is left for the server to refuse; what is no JSON is refused here", () => {
  const wrong = [undefined, null, 3, "text", { prompt: 1 }, []] as unknown as RewardItemInput[];
  const batch = written(...wrong);
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
  assert.throws(() => writeItem(circular, 1), {
    name: "RewardClientError",
    kind: "invalid_request",
    path: "items[1]",
  });
});

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
        const completions = batch.reduce((sum, { expected }) => sum + expected.length, 0);
        assert.ok(batch.length <= limits.maxItemsPerRequest);
        assert.ok(completions <= limits.maxCompletionsPerRequest);
        assert.ok(new TextEncoder().encode(body).length <= limits.maxBytesPerRequest);
      }
    },
  ));
});
