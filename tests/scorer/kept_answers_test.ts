import assert from "node:assert/strict";
import { AnswerCache } from "../../src/batch/answer_cache.ts";
import { Batcher } from "../../src/batch/batcher.ts";
import { unavailable } from "../../src/credit/availability.ts";
import { creditMethod, creditMethodNames } from "../../src/credit/registry.ts";
import { loadModel } from "../../src/model/load_model.ts";
import type { LoadedModel } from "../../src/model/model.ts";
import type { ScoreRequest } from "../../src/scorer/scored.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { fakeModel } from "../support/fake_model.ts";
import { goldenDirectory } from "../support/golden_model.ts";

function requestOf(method: string): ScoreRequest {
  return {
    samples: [" a fine film.", " a dull one. It was long."].map((completion) => (
      { kind: "plain", prompt: "It was", completion }
    )),
    credit: { method, beta: 0.8 },
    truncation: "none",
  };
}

/** Scores with a cache: at first, from what was kept, and after that once more. */
async function thrice(model: LoadedModel, method: string) {
  const cache = new AnswerCache(10_000_000);
  const scorer = createScorer(model, new Batcher(model.engine, { answers: cache.of("m") }));
  const scored = [];
  for (let i = 0; i < 3; i++) scored.push(await scorer.score(requestOf(method)));
  const without = await createScorer(model, new Batcher(model.engine)).score(requestOf(method));
  return { cache, scored, without };
}

async function expectSame(model: LoadedModel, method: string): Promise<void> {
  const { cache, scored: [first, ...later], without } = await thrice(model, method);
  assert.deepEqual(first!.completions, without.completions);
  // Of shapley's masked texts the completions have the empty one in common.
  assert.equal(first!.cost.reusedTokens?.kept ?? 0, 0);
  for (const { completions, cost } of later) {
    // Nobody writes into what was kept: the third finds what the second did.
    assert.deepEqual(completions, first!.completions);
    assert.deepEqual([cost.computedTokens, cost.inferenceMs], [0, 0]);
    assert.deepEqual(cost.reusedTokens, { inFlight: 0, kept: cost.tokens });
  }
  assert.ok(cache.stats.models[0]!.hits > 0);
}

for (const steps of [false, true]) {
  const model = fakeModel({ steps });
  for (const method of creditMethodNames) {
    if (unavailable(creditMethod(method), model) !== undefined) continue;
    const what = steps ? "steps" : "completions";
    Deno.test(`${method} over ${what} is the same from kept answers, bit for bit`, async () => {
      await expectSame(model, method);
    });
  }
}

Deno.test("a real model's answers are the same from the cache, bit for bit", async () => {
  await using model = await loadModel(goldenDirectory("gpt2"), { device: "cpu", threads: 1 });
  for (const method of ["abc", "red", "gradient"]) await expectSame(model, method);
});

Deno.test("completions of one call that are the same are computed once, and are the same", async () => {
  const model = fakeModel();
  const scorer = createScorer(model, new Batcher(model.engine));
  const { samples, ...how } = requestOf("abc");
  const { completions, cost } = await scorer.score({ ...how, samples: [...samples, ...samples] });
  assert.deepEqual(completions.slice(2), completions.slice(0, 2));
  assert.deepEqual(model.engine.batches.map(({ length }) => length), [2]);
  assert.deepEqual(cost.reusedTokens, { inFlight: cost.tokens / 2, kept: 0 });
});
