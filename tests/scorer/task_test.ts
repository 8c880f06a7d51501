import assert from "node:assert/strict";
import type { BatchRecord, JobAnswer, JobResult } from "../../src/batch/entry.ts";
import { AbacusError } from "../../src/errors.ts";
import { type AnsweredTask, costOf, taskOf } from "../../src/scorer/task.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import { termsOf } from "../../src/credit/choice.ts";
import { creditMethod } from "../../src/credit/registry.ts";
import { fakeModel } from "../support/fake_model.ts";

const options = { model: fakeModel(), terms: termsOf(creditMethod("abc"), { beta: 1 }) };

/** A task of so many tokens that ended with `result`. */
function answered(tokens: number, result: JobResult): AnsweredTask {
  const encoding: Encoding = {
    ids: new Int32Array(tokens),
    completion: [0, tokens],
    closing: [tokens, tokens],
    pool: [tokens - 1],
    offsets: [],
    completionLength: 0,
    truncated: false,
  };
  const sample = { kind: "ids", promptIds: [], completionIds: [] } as const;
  return { ...taskOf({ sample, encoding }, options), results: [result] };
}

function batch(computedTokens: number, inferenceMs: number): BatchRecord {
  return { sequences: 2, tokens: 20, computedTokens, inferenceMs };
}

function answer(batch: BatchRecord, queueMs: number): JobAnswer {
  return {
    output: { logits: Float32Array.of(0), rowLogits: new Float32Array(), measured: {} },
    queueMs,
    batch,
  };
}

Deno.test("a call pays its part of every batch, waits its longest, runs all its batches", () => {
  const [one, two] = [batch(10, 3), batch(20, 4)];
  const tasks = [
    answered(4, answer(one, 1)),
    answered(6, answer(one, 1)),
    answered(100, new AbacusError("model_failure", "Cannot score")),
    answered(5, answer(two, 6.5)),
  ];
  assert.deepEqual(costOf(tasks, 0.25), {
    tokens: 15,
    computedTokens: 10,
    tokenizeMs: 0.25,
    queueMs: 6.5,
    inferenceMs: 7,
  });
});

Deno.test("what nothing was computed for costs no computation, whoever was waited for", () => {
  const one = batch(10, 3);
  const { output } = answer(one, 1);
  const tasks = [
    answered(4, answer(one, 1)),
    answered(4, { ...answer(one, 2), reused: "inFlight" }),
    answered(5, { output, queueMs: 0, reused: "kept" }),
  ];
  const { tokens, computedTokens, reusedTokens, queueMs, inferenceMs } = costOf(tasks, 0);
  assert.deepEqual([tokens, computedTokens, queueMs, inferenceMs], [13, 2, 2, 3]);
  assert.deepEqual(reusedTokens, { inFlight: 4, kept: 5 });
});

Deno.test("nothing computed costs nothing", () => {
  const { tokens, computedTokens, queueMs, inferenceMs } = costOf([], 0);
  assert.deepEqual([tokens, computedTokens, queueMs, inferenceMs], [0, 0, 0, 0]);
});
