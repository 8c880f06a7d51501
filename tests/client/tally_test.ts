/**
 * @module
 */

import assert from "node:assert/strict";
import type { Batch } from "../../src/client/requests.ts";
import { RewardClientError } from "../../src/client/error.ts";
import type { BatchRewards } from "../../src/client/reply.ts";
import { Tally } from "../../src/client/tally.ts";

function batch(...indices: number[]): Batch {
  return indices.map((index) => ({ index, json: "{}", bytes: 2, expected: [] }));
}

function reply(items: number, changes: Partial<BatchRewards> = {}): BatchRewards {
  return {
    id: `of ${items}`,
    model: "m",
    credit: { method: "abc", beta: 0.8 },
    items: Array.from({ length: items }, () => ({ completions: [] })),
    usage: { tokens: 10 * items, computed_tokens: items },
    timing_ms: { tokenize: 1, queue: 2, inference: 3 },
    ...changes,
  };
}

Deno.test("outcomes find their places in any order, and usage adds up", () => {
  const tally = new Tally(4);
  assert.equal(new Tally(1).facts, undefined);
  const [last, first] = [reply(2), reply(1)];
  tally.add(batch(2, 3), last, 1);
  tally.add(batch(0), first, 3);
  const error = new RewardClientError("too_long", "Cannot");
  tally.refuse(batch(1), error);
  assert.deepEqual(tally.outcomes, [first.items[0], error, last.items[0], last.items[1]]);
  assert.deepEqual(tally.facts?.usage, { tokens: 30, computed_tokens: 3 });
  assert.deepEqual(tally.facts?.requests.map(({ id, attempts, items }) => [id, attempts, items]), [
    ["of 2", 1, 2],
    ["of 1", 3, 1],
  ]);
});

Deno.test("tokens that the server had answers for add up, where there are any", () => {
  const tally = new Tally(3);
  tally.add(batch(0), reply(1, { usage: { tokens: 9, computed_tokens: 0, cached_tokens: 9 } }), 1);
  tally.add(batch(1, 2), reply(2), 1);
  assert.deepEqual(tally.facts?.usage, { tokens: 29, computed_tokens: 2, cached_tokens: 9 });
});

Deno.test("answers of different models, methods or betas are not merged", () => {
  const others: Partial<BatchRewards>[] = [
    { model: "other" },
    { credit: { method: "red", beta: 0.8 } },
    { credit: { method: "abc", beta: 0.5 } },
  ];
  for (const other of others) {
    const tally = new Tally(2);
    tally.add(batch(0), reply(1), 1);
    assert.throws(() => tally.add(batch(1), reply(1, other), 1), { kind: "protocol" });
    assert.equal(tally.outcomes[1], undefined);
  }
});
