/**
 * @module
 */

import assert from "node:assert/strict";
import { type RewardItemInput, writeItem, writeRequest } from "../../src/client/written_item.ts";

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
  assert.deepEqual(batch.map(({ units }) => units), [
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
