import assert from "node:assert/strict";
import { type LossMean, weightRows } from "../../../src/ppo/graphs/loss_mean.ts";
import { sequenceOf } from "../golden_policy.ts";

/** Responses of three tokens and of one. */
const sequences = [[4, 5, 6], [7]].map((response) => sequenceOf({ prompt: [1, 2], response }));

Deno.test("the weights of tokens are those of the three means", () => {
  const weights = (mean: LossMean) => {
    const rows = weightRows(sequences, { mean, longest: 5 });
    assert.deepEqual(rows.map(({ length }) => length), [3, 1]);
    return rows.flatMap((row) => [...row]);
  };
  assert.deepEqual(weights("token"), [1 / 4, 1 / 4, 1 / 4, 1 / 4]);
  assert.deepEqual(weights("sequence"), [1 / 6, 1 / 6, 1 / 6, 1 / 2]);
  assert.deepEqual(weights("constant"), [1 / 10, 1 / 10, 1 / 10, 1 / 10]);
});
