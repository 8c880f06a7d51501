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

/** A subject that scores 1 whatever it is asked about, and keeps that. */
function listening() {
  const asked: ScoreSample[] = [];
  const subject = {
    scores(samples: readonly ScoreSample[]) {
      asked.push(...samples);
      return Promise.resolve(samples.map(() => 1));
    },
  } as unknown as Subject;
  return { asked, subject };
}

Deno.test("what stands before and behind a completion is in every text, and no text is empty", async () => {
  const { asked, subject } = listening();
  const completion = (tokenIds: Int32Array, completionStart: number) => ({
    score: 1,
    rewards: new Float64Array(2),
    tokenIds: Int32Array.of(4, 5),
    sequence: { tokenIds, completionStart },
    truncated: false,
  });
  const closed = await curvesOf(subject, completion(Int32Array.of(1, 2, 4, 5, 3), 2), [1, 0]);
  assert.equal(asked.length, 2 * parts.length);
  assert.deepEqual([asked[0], asked[1]], [
    { kind: "ids", promptIds: [1, 2], completionIds: [4, 5, 3] },
    { kind: "ids", promptIds: [1, 2], completionIds: [3] },
  ]);
  assert.ok([...closed.deletion, ...closed.insertion].every((each) => each === 1));
  asked.length = 0;
  // Without anything around it, the text without all of its tokens is none.
  const { deletion, insertion } = await curvesOf(subject, completion(Int32Array.of(4, 5), 0), [
    1,
    0,
  ]);
  assert.ok(asked.every((each) => each.kind === "ids" && each.completionIds.length > 0));
  assert.deepEqual([deletion[0], deletion.at(-1), insertion[0], insertion.at(-1)], [1, 0, 0, 1]);
});

Deno.test("of a text that begins with a token of its own and ends with none, texts are its tokens alone", async () => {
  const { asked, subject } = listening();
  const tokenIds = Int32Array.of(4, 5);
  const sequence = { tokenIds: Int32Array.of(1, 4, 5), completionStart: 1 };
  const rewards = new Float64Array(2);
  await curvesOf(subject, { score: 1, rewards, tokenIds, sequence, truncated: false }, [1, 0]);
  assert.deepEqual(asked.slice(-2), [
    { kind: "ids", promptIds: [1], completionIds: [] },
    { kind: "ids", promptIds: [1], completionIds: [4, 5] },
  ]);
});

Deno.test("the area under a straight line is its middle", () => {
  assert.ok(Math.abs(areaUnder(parts) - 0.5) < 1e-12);
  assert.deepEqual(randomValues(3, 1), randomValues(3, 1));
});
