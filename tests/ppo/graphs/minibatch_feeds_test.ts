import assert from "node:assert/strict";
import type { Feeds } from "../../../src/engine/runtime.ts";
import type { LossMean } from "../../../src/ppo/graphs/loss_mean.ts";
import { minibatchFeeds } from "../../../src/ppo/graphs/minibatch_feeds.ts";
import { sequenceOf } from "../golden_policy.ts";

/** Responses of three tokens, of one and of two. */
const responses = [[4, 5, 6], [7], [8, 9]];
const sequences = responses.map((response) => sequenceOf({ prompt: [1, 2], response }));
const rows = (shift: number) => responses.map((ids) => Float64Array.from(ids, (id) => id + shift));
const minibatch = { sequences, logProbs: rows(0), advantages: rows(0.25) };

const shape = { batch: 2, length: 8 };

function feeds(mean: LossMean, part?: readonly [number, number]): Feeds {
  const loss = { clip: 0.2, valueClip: 0, valueCoefficient: 0, entropyCoefficient: 0 };
  return minibatchFeeds(minibatch, { shape, part, loss: { ...loss, mean, longest: 5 } });
}

Deno.test("a part has its own sequences, and their rows", () => {
  const found = feeds("token", [1, 3]);
  assert.deepEqual([...found["log_probs"]!.data], [7, 8, 9]);
  assert.deepEqual([...found["advantages"]!.data], [7.25, 8.25, 9.25]);
  assert.deepEqual([...found["ids"]!.data], [1, 2, 7, 1, 2, 8, 9]);
});

Deno.test("what is not there has no rows", () => {
  for (const name of ["values", "returns", "reference_log_probs"]) {
    assert.deepEqual(feeds("token")[name]!.dims, [0], name);
  }
});

for (const mean of ["token", "sequence", "constant"] as const) {
  Deno.test(`the weights of parts are those in the whole: ${mean}`, () => {
    for (const name of ["weight", "share"]) {
      const parts = [[0, 1], [1, 3]] as const;
      const joined = parts.flatMap((part) => [...feeds(mean, part)[name]!.data]);
      assert.deepEqual(joined, [...feeds(mean)[name]!.data], name);
    }
    assert.ok([...feeds(mean)["share"]!.data].every((share) => share === Math.fround(1 / 6)));
  });
}
