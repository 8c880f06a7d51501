import assert from "node:assert/strict";
import { AnswerCache } from "../../src/batch/answer_cache.ts";
import type { SequenceOutput } from "../../src/engine/engine.ts";

function output(numbers: number): SequenceOutput {
  return {
    logits: Float32Array.of(numbers),
    rowLogits: new Float32Array(),
    measured: { attention: new Float32Array(numbers).fill(1) },
  };
}

Deno.test("an answer is found again by its key, and by that of no other model", () => {
  const cache = new AnswerCache(100_000);
  const [one, other] = [cache.of("one"), cache.of("other")];
  one.keep("key", output(3));
  assert.deepEqual(one.get("key"), output(3));
  assert.equal(other.get("key"), undefined);
  assert.equal(one.get("another"), undefined);
  assert.deepEqual(cache.stats.models, [
    { model: "one", hits: 1, misses: 1 },
    { model: "other", hits: 0, misses: 1 },
  ]);
});

Deno.test("what is kept is a copy, which keeps alive nothing else", () => {
  const cache = new AnswerCache(100_000).of("m");
  const batch = new Float32Array(1_000).fill(2);
  cache.keep("key", { ...output(1), logits: batch.subarray(10, 11) });
  batch.fill(9);
  const { logits } = cache.get("key")!;
  assert.deepEqual([logits[0], logits.buffer.byteLength], [2, 4]);
});

Deno.test("the bound is in bytes, and the answer that was asked for longest ago goes first", () => {
  const cache = new AnswerCache(4_000);
  const answers = cache.of("m");
  for (const key of ["a", "b"]) answers.keep(key, output(200));
  answers.get("a");
  answers.keep("c", output(200));
  assert.ok(answers.get("a") !== undefined && answers.get("c") !== undefined);
  assert.equal(answers.get("b"), undefined);
  const { bytes, answers: count, evictions } = cache.stats;
  assert.deepEqual([count, evictions], [2, 1]);
  assert.ok(bytes > 2 * 800 && bytes <= 4_000);
  answers.keep("large", output(2_000));
  assert.equal(answers.get("large"), undefined);
});
