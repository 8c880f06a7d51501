import assert from "node:assert/strict";
import { scoredRecord } from "../../src/http/request_record.ts";
import type { ScoredCompletion } from "../../src/scorer/scored.ts";

const completion: ScoredCompletion = { score: 1, rewards: Float64Array.of(1), truncated: false };

Deno.test("a record adds up what was scored", () => {
  const completions: ScoredCompletion[] = [
    { ...completion, responseMass: 0.5 },
    { ...completion, truncated: true },
    { ...completion, responseMass: 0, fallback: "uniform" },
  ];
  const cost = {
    tokens: 30,
    computedTokens: 20,
    tokenizeMs: 1,
    queueMs: 2,
    inferenceMs: 3,
    creditMs: 4,
  };
  const served = { model: "m", readMs: 0.5, writeMs: 5 };
  assert.deepEqual(
    scoredRecord({ completions, credit: { method: "abc", beta: 0.8 }, cost }, served),
    {
      model: "m",
      completions: 3,
      tokens: 30,
      computedTokens: 20,
      stages: { read: 0.5, tokenize: 1, queue: 2, inference: 3, credit: 4, write: 5 },
      truncated: 1,
      fallbacks: 1,
      responseMasses: [0.5, 0],
    },
  );
});
