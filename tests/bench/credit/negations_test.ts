import assert from "node:assert/strict";
import pairs from "../../../models/recipe/negations.json" with { type: "json" };
import type { ScoreSample } from "../../../src/scorer/scored.ts";
import { negationsOf } from "./negations.ts";

Deno.test("there are 100 pairs, all different, and each says the same but for a negation", () => {
  assert.equal(pairs.length, 100);
  assert.equal(new Set(pairs.map(([negated]) => negated)).size, 100);
  assert.ok(pairs.every((pair) => pair.length === 2 && pair[0] !== pair[1]));
});

Deno.test("a pair is understood where the negated text is above the plain one and above 0", async () => {
  const scored = (scores: readonly number[]) => ({
    scores: (samples: readonly ScoreSample[]) =>
      Promise.resolve(samples.map((_, i) => scores[i % scores.length]!)),
  });
  assert.deepEqual(await negationsOf(scored([1, -1])), {
    pairs: 100,
    above: 1,
    positive: 1,
    understood: 1,
  });
  const half = await negationsOf(scored([1, -1, -1, -2]));
  assert.deepEqual([half.above, half.positive, half.understood], [1, 0.5, 0.5]);
  const sure = await negationsOf(scored([1, 2]));
  assert.deepEqual([sure.above, sure.positive, sure.understood], [0, 1, 0]);
});
