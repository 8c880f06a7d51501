import assert from "node:assert/strict";
import { type LossMean, weightFeed } from "../../../src/ppo/graphs/loss_mean.ts";
import { shareFeed } from "../../../src/ppo/graphs/batch_feeds.ts";
import { sequenceOf } from "../golden_policy.ts";

/** Responses of three tokens and of one. */
const sequences = [[4, 5, 6], [7]].map((response) => sequenceOf({ prompt: [1, 2], response }));

Deno.test("the weights of tokens are those of the three means", () => {
  const weights = (mean: LossMean) => {
    const { data, dims } = weightFeed(sequences, { mean, longest: 5 });
    assert.deepEqual(dims, [4]);
    return [...data];
  };
  assert.deepEqual(weights("token"), [...shareFeed(sequences).data]);
  assert.deepEqual(weights("sequence"), [1 / 6, 1 / 6, 1 / 6, 1 / 2].map(Math.fround));
  assert.deepEqual(weights("constant"), new Array(4).fill(Math.fround(1 / 10)));
});
