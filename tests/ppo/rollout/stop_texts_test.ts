import assert from "node:assert/strict";
import { untilStop, type WrittenText } from "../../../src/ppo/rollout/stop_texts.ts";

/** A completion of these tokens after a prompt of two, which was cut off. */
function written(pieces: readonly string[], minLength = 0): WrittenText {
  let at = 0;
  const spans = pieces.map((piece) => [at, at += Array.from(piece).length] as const);
  return {
    completion: {
      ids: Int32Array.from([90, 91, ...pieces.keys()]),
      promptLength: 2,
      ended: false,
      minLength,
      logProbs: Float64Array.from(pieces, (_, i) => -i),
    },
    text: { prompt: "p", completion: pieces.join(""), spans, pieces },
  };
}

const pieces = ["😀 a", " b\n", "User", ": c", " d"];

Deno.test("a completion ends with the token that completes a stop text, and its text before it", () => {
  const { completion, text } = untilStop(written(pieces), ["\nUser:"]);
  assert.deepEqual([...completion.ids], [90, 91, 0, 1, 2, 3]);
  assert.deepEqual([...completion.logProbs], [-0, -1, -2, -3]);
  assert.equal(completion.ended, true);
  assert.equal(text.completion, "😀 a b");
  assert.deepEqual(text.spans, [[0, 3], [3, 5], [5, 5], [5, 5]]);
  assert.deepEqual(text.pieces, pieces.slice(0, 4));
});

Deno.test("the earliest of several stop texts counts, and none that is not there", () => {
  const given = written(pieces);
  assert.equal(untilStop(given, []), given);
  assert.equal(untilStop(given, ["nothing"]), given);
  assert.equal(untilStop(given, [" d", " b", "User"]).text.completion, "😀 a");
});

Deno.test("a stop text before the minimum length does not end a completion, a later one does", () => {
  const given = written(["a.", "b", ".", "c"], 2);
  assert.equal(untilStop(given, ["."]).text.completion, "a.b");
  assert.equal(untilStop(written(["a.", "b"], 2), ["."]).completion.ended, false);
});
