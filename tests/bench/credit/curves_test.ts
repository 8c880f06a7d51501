import assert from "node:assert/strict";
import type { ScoreSample } from "../../../src/scorer/scored.ts";
import { areaUnder, curvesOf, parts, randomValues } from "./curves.ts";
import type { Subject } from "./subject.ts";

/** A model whose score is the sum of the ids of the completion. */
const summing: Pick<Subject, "scores"> = {
  scores: (samples: readonly ScoreSample[]) =>
    Promise.resolve(
      samples.map((sample) =>
        sample.kind === "ids" ? sample.completionIds.reduce((sum, id) => sum + id, 0) : NaN
      ),
    ),
};

Deno.test("the best are deleted first and inserted first", async () => {
  const tokenIds = Int32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
  const completion = {
    score: 55,
    rewards: new Float64Array(10),
    tokenIds,
    sequence: { tokenIds, completionStart: 0 },
    truncated: false,
  };
  const { deletion, insertion } = await curvesOf(summing as Subject, completion, [...tokenIds]);
  assert.deepEqual(deletion.slice(0, 3), [55, 45, 36]);
  assert.deepEqual(insertion.slice(0, 3), [0, 10, 19]);
  assert.deepEqual([deletion.at(-1), insertion.at(-1)], [0, 55]);
});

Deno.test("the area under a straight line is its middle", () => {
  assert.ok(Math.abs(areaUnder(parts) - 0.5) < 1e-12);
  assert.deepEqual(randomValues(3, 1), randomValues(3, 1));
});
