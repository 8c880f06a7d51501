import assert from "node:assert/strict";
import { recordOf } from "../../src/http/reward_record.ts";
import type { CompletionReply, RewardReply } from "../../src/wire/reply.ts";

const completion: CompletionReply = { score: 1, rewards: [1], truncated: false };

Deno.test("a record adds up what a reply says of all its completions", () => {
  const reply: RewardReply = {
    id: "r1",
    model: "m",
    credit: { method: "abc", beta: 1 },
    items: [
      { completions: [{ ...completion, response_mass: 0.5 }, { ...completion, truncated: true }] },
      { completions: [{ ...completion, response_mass: 0, fallback: "uniform" }] },
    ],
    usage: { tokens: 30, computed_tokens: 20 },
    timing_ms: { tokenize: 1, queue: 2, inference: 3 },
  };
  assert.deepEqual(recordOf(reply), {
    completions: 3,
    tokens: 30,
    computedTokens: 20,
    queueMs: 2,
    inferenceMs: 3,
    truncated: 1,
    fallbacks: 1,
    responseMasses: [0.5, 0],
  });
});
