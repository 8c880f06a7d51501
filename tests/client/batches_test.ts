/**
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { batchesOf } from "../../src/client/batches.ts";
import { type RewardItemInput, writeRequest } from "../../src/client/written_item.ts";

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
