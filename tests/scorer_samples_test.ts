import assert from "node:assert/strict";
import { AbacusError, type ErrorKind } from "../src/errors.ts";
import { placeError, samplesOf } from "../src/scorer_samples.ts";

const samples = samplesOf({
  items: [
    { prompt: "p", completions: ["a", "b"], token_spans: [[[0, 1]], [[0, 0], [0, 1]]] },
    { messages: [{ role: "user", content: "hi" }], completions: ["c"] },
    { prompt_ids: [1], completion_ids: [[2], [3, 4]] },
  ],
});

Deno.test("every completion is a sample, with its prompt, its spans and its place", () => {
  assert.deepEqual(samples.map(({ item, completion }) => [item, completion]), [
    [0, 0],
    [0, 1],
    [1, 0],
    [2, 0],
    [2, 1],
  ]);
  assert.deepEqual(samples[1]?.sample, { kind: "plain", prompt: "p", completion: "b" });
  assert.deepEqual(samples[1]?.spans, [[0, 0], [0, 1]]);
  const messages = [{ role: "user", content: "hi" }];
  assert.deepEqual(samples[2]?.sample, { kind: "chat", messages, completion: "c" });
  assert.deepEqual(samples[4]?.sample, { kind: "ids", promptIds: [1], completionIds: [3, 4] });
  assert.deepEqual([samples[2]?.spans, samples[4]?.spans], [undefined, undefined]);
});

const rows: readonly (readonly [sample: number, path: string | undefined, placed: string])[] = [
  [1, undefined, "items[0].completions[1]"],
  [1, "completion", "items[0].completions[1]"],
  [1, "prompt", "items[0].prompt"],
  [1, "token_spans", "items[0].token_spans[1]"],
  [1, "token_spans[7]", "items[0].token_spans[1][7]"],
  [2, "messages[2].content", "items[1].messages[2].content"],
  [4, undefined, "items[2].completion_ids[1]"],
  [4, "completion_ids[5]", "items[2].completion_ids[1][5]"],
  [4, "prompt_ids[0]", "items[2].prompt_ids[0]"],
];

for (const [sample, path, placed] of rows) {
  Deno.test(`${path ?? "no path"} of sample ${sample} is ${placed} of the request`, () => {
    const cause = new Error("below");
    const details = path === undefined ? { cause } : { cause, path };
    const error = placeError(
      new AbacusError("too_long", "Cannot encode", details),
      samples[sample]!,
    );
    assert.deepEqual([error.kind, error.message, error.path], [
      "too_long",
      "Cannot encode",
      placed,
    ]);
    assert.equal(error.cause, cause);
  });
}

for (const kind of ["overloaded", "cancelled", "deadline_exceeded"] satisfies ErrorKind[]) {
  Deno.test(`${kind} concerns the request as a whole and gets no place`, () => {
    const error = new AbacusError(kind, "Cannot score", { retryAfterS: 3 });
    assert.equal(placeError(error, samples[0]!), error);
  });
}
