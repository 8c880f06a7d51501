import assert from "node:assert/strict";
import fc from "fast-check";
import { isGated, namedPooling, pooledPositions, poolingText } from "../../src/text/pooling.ts";

const ids = Int32Array.of(5, 7, 7, 5, 9);

Deno.test("a text is pooled at its last token, its first, all of them or the last of an id", () => {
  assert.deepEqual(pooledPositions(ids, "last"), [4]);
  assert.deepEqual(pooledPositions(ids, "first"), [0]);
  assert.deepEqual(pooledPositions(ids, "mean"), [0, 1, 2, 3, 4]);
  assert.deepEqual(pooledPositions(ids, { named: 5 }), [3]);
});

Deno.test("padding is passed over at the end, and nowhere else", () => {
  const at = (...ids: number[]) => pooledPositions(Int32Array.from(ids), { lastNot: 9 });
  assert.deepEqual(at(5, 7, 6), [2]);
  assert.deepEqual(at(5, 7, 9, 9), [1]);
  assert.deepEqual(at(9, 9, 5, 9), [2]);
  assert.deepEqual(at(5, 9, 7), [2]);
});

Deno.test("a text of nothing but padding is read at its first token, as in transformers", () => {
  for (const length of [1, 2, 7]) {
    const padding = new Int32Array(length).fill(9);
    assert.deepEqual(pooledPositions(padding, { lastNot: 9 }), [0]);
  }
});

Deno.test("the rule is transformers': the argmax of positions that count where they are no padding", () => {
  const texts = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(texts, (text) => {
    const weighed = text.map((id, at) => id === 0 ? 0 : at);
    const argmax = weighed.indexOf(Math.max(...weighed));
    assert.deepEqual(pooledPositions(Int32Array.from(text), { lastNot: 0 }), [argmax]);
  }));
});

Deno.test("a text without the token that the score is read at cannot be scored", () => {
  assert.throws(() => pooledPositions(ids, { named: 8 }), {
    kind: "invalid_request",
    message: "Cannot score as the score is read at the token 8: received a text without it",
  });
});

Deno.test("the token before the first of padding is the last one where padding is first or missing", () => {
  const at = (...ids: number[]) => pooledPositions(Int32Array.from(ids), { beforeFirst: 9 });
  assert.deepEqual(at(5, 7, 6), [2]);
  assert.deepEqual(at(5, 7, 9, 9), [1]);
  assert.deepEqual(at(5, 9, 7, 9), [0]);
  assert.deepEqual(at(9, 9, 5), [2]);
  assert.deepEqual(at(9), [0]);
});

Deno.test("a gate reads where its tokens stand for the last time, before the score's token", () => {
  const pooling = { gate: [7, 5], beforeFirst: 9 };
  const at = (...ids: number[]) => pooledPositions(Int32Array.from(ids), pooling);
  assert.deepEqual(at(7, 5, 1, 7, 5, 2), [3, 5]);
  assert.deepEqual(at(7, 5), [0, 1]);
  assert.deepEqual(at(1, 7, 5, 2, 9, 9), [1, 3]);
  assert.deepEqual(pooledPositions(Int32Array.of(7, 5, 9), { gate: [7, 5] }), [0, 2]);
  for (const ids of [[7, 1, 5], [7], [1, 9, 7, 5]]) {
    assert.throws(() => at(...ids), {
      kind: "invalid_request",
      message: /at the tokens 7 5 before/,
    });
  }
  assert.ok(isGated(pooling) && !isGated("last") && !isGated({ named: 1 }));
  assert.equal(
    poolingText(pooling),
    "token before the first of padding (id 9), and for the gate the last 7 5",
  );
  assert.equal(poolingText({ gate: [7] }), "last token, and for the gate the last 7");
});

Deno.test("each kind of pooling is said in words", () => {
  assert.deepEqual(
    (["last", "first", "mean", "steps", { named: 5 }, { lastNot: 0 }, { beforeFirst: 3 }] as const)
      .map(poolingText),
    [
      "last token",
      "first token",
      "mean of all tokens",
      "end of each step",
      "last token of id 5",
      "last token that is not padding (id 0)",
      "token before the first of padding (id 3)",
    ],
  );
});

Deno.test("callers are told a rule by its name, and the token that it names", () => {
  assert.deepEqual(namedPooling("first"), { at: "first" });
  assert.deepEqual(namedPooling({ lastNot: 9 }), { at: "last_not", id: 9 });
  assert.deepEqual(namedPooling({ beforeFirst: 9 }), { at: "before_first", id: 9 });
  assert.deepEqual(namedPooling({ named: 9 }), { at: "named", id: 9 });
  assert.deepEqual(namedPooling({ gate: [1, 2] }), { at: "last" });
  assert.deepEqual(namedPooling({ gate: [1, 2], beforeFirst: 9 }), { at: "before_first", id: 9 });
});
