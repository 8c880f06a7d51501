import assert from "node:assert/strict";
import { draftOfIds } from "../../src/text/ids_sample.ts";

Deno.test("ids are joined and nothing is added", () => {
  const draft = draftOfIds({ kind: "ids", promptIds: [5, 6], completionIds: [7, 8, 9] }, 10);
  assert.deepEqual([...draft.ids], [5, 6, 7, 8, 9]);
  assert.deepEqual(draft.completion, [2, 5]);
  assert.deepEqual(draft.offsets, []);
  assert.equal(draft.completionLength, 0);
});

Deno.test("either side may be empty", () => {
  const none = draftOfIds({ kind: "ids", promptIds: [], completionIds: [] }, 10);
  assert.deepEqual(none.completion, [0, 0]);
  const prompt = draftOfIds({ kind: "ids", promptIds: [1], completionIds: [] }, 10);
  assert.deepEqual(prompt.completion, [1, 1]);
});

Deno.test("an id without an embedding is an invalid request that names its place", () => {
  for (const bad of [10, -1, 1.5, NaN, Infinity, 2 ** 32]) {
    assert.throws(
      () => draftOfIds({ kind: "ids", promptIds: [1, bad], completionIds: [] }, 10),
      {
        kind: "invalid_request",
        path: "prompt_ids[1]",
        message: `Cannot encode as the model's token ids go from 0 to 9: received ${bad}`,
      },
    );
    assert.throws(
      () => draftOfIds({ kind: "ids", promptIds: [1], completionIds: [2, 3, bad] }, 10),
      { kind: "invalid_request", path: "completion_ids[2]" },
    );
  }
});
