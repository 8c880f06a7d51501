import assert from "node:assert/strict";
import type { BatchRecord, Outcome } from "../src/batch/entry.ts";
import { AbacusError } from "../src/errors.ts";
import { completionReply, costOf, itemReplies } from "../src/scorer_reply.ts";
import { samplesOf } from "../src/scorer_samples.ts";
import type { Encoding } from "../src/text/encoding.ts";
import type { CompletionReply } from "../src/wire/reply.ts";

const encoding: Encoding = {
  ids: Int32Array.of(1, 2, 3, 4),
  completion: [1, 3],
  closing: [3, 4],
  pooled: 3,
  offsets: [[0, 1], [1, 4]],
  completionLength: 4,
  truncated: true,
};
const units = { count: 2, project: (perToken: Float64Array) => perToken };
const inputs = { score: 2, units };
const credit = { rewards: Float64Array.of(0.5, 1.5) };
const [plain] = samplesOf({ items: [{ prompt: "p", completions: ["abcd"] }] });

Deno.test("a reply holds what the credit has and nothing it has not", () => {
  const reply = completionReply(credit, { inputs, encoding, placed: plain!, floats: "json" });
  assert.deepEqual(reply, {
    score: 2,
    rewards: [0.5, 1.5],
    token_ids: [2, 3],
    offsets: [[0, 1], [1, 4]],
    truncated: true,
  });
});

Deno.test("shares, offset, mass and fallback are told where there are any", () => {
  const full = {
    ...credit,
    shares: Float64Array.of(0.25, 0.75),
    offset: 0,
    responseMass: 0.5,
    fallback: "uniform" as const,
  };
  const reply = completionReply(full, { inputs, encoding, placed: plain!, floats: "json" });
  assert.deepEqual(reply.credit, [0.25, 0.75]);
  assert.deepEqual([reply.offset, reply.response_mass, reply.fallback], [0, 0.5, "uniform"]);
});

Deno.test("a number that float32 cannot hold is a failure, not an infinity", () => {
  const options = { inputs, encoding, placed: plain!, floats: "base64" as const };
  const rewards = Float64Array.of(1e300, -1e300);
  assert.throws(() => completionReply({ rewards }, options), { kind: "model_failure" });
});

Deno.test("completions gather into items, and one failure is its item's", () => {
  const samples = samplesOf({
    items: [
      { prompt: "p", completions: ["a", "b"] },
      { prompt: "q", completions: ["c", "d", "e"] },
      { prompt: "r", completions: ["f"] },
    ],
  });
  const reply = (score: number): CompletionReply => ({ score, rewards: [], truncated: false });
  const [first, second] = [1, 2].map((n) => new AbacusError("too_long", `Cannot encode ${n}`));
  const items = itemReplies(samples, [reply(0), reply(1), reply(2), first!, second!, reply(5)]);
  assert.deepEqual(items, [
    { completions: [reply(0), reply(1)] },
    first,
    { completions: [reply(5)] },
  ]);
});

Deno.test("a request pays its part of every batch, waits its longest, runs all its batches", () => {
  const batch = (computedTokens: number, inferenceMs: number): BatchRecord => ({
    sequences: 2,
    tokens: 20,
    computedTokens,
    inferenceMs,
  });
  const [one, two] = [batch(10, 3.0004), batch(20, 4)];
  const answer = (batch: BatchRecord, queueMs: number): Outcome => ({
    output: { logits: Float32Array.of(0) },
    queueMs,
    batch,
  });
  const failed = new AbacusError("model_failure", "Cannot score");
  const outcomes = [answer(one, 1), answer(one, 1), failed, answer(two, 6.54321)];
  const cost = costOf(outcomes, { tokens: [4, 6, 100, 5], tokenizeMs: 0.1239 });
  assert.deepEqual(cost.usage, { tokens: 15, computed_tokens: 10 });
  assert.deepEqual(cost.timing_ms, { tokenize: 0.124, queue: 6.543, inference: 7 });
});

Deno.test("nothing computed costs nothing", () => {
  const { usage } = costOf([], { tokens: [], tokenizeMs: 0 });
  assert.deepEqual(usage, { tokens: 0, computed_tokens: 0 });
});
