import assert from "node:assert/strict";
import { closedBy, closesOf, endToken, expectUnpadded, isClosedBy } from "../../src/text/close.ts";
import type { TokenizedSample } from "../../src/text/tokenized_sample.ts";

const END = 9;

/** One token of a prompt, a completion, and what stands behind it. */
function sample(completion: number[], behind: number[] = []): TokenizedSample {
  const end = 1 + completion.length;
  return {
    ids: Int32Array.of(5, ...completion, ...behind),
    prompt: [0, 1],
    completion: [1, end],
    offsets: completion.map((_, at) => [at, at + 1]),
    completionLength: completion.length,
  };
}

Deno.test("what is appended closes the text, and belongs to no completion", () => {
  const closed = closedBy(END, sample([6, 7]));
  assert.deepEqual(closed, {
    ...sample([6, 7]),
    ids: Int32Array.of(5, 6, 7, END),
    types: undefined,
  });
});

Deno.test("a text that ends in the token is closed, and stays as it is", () => {
  for (const ended of [sample([6, END]), sample([END]), sample([6], [END])]) {
    assert.ok(isClosedBy(END, ended));
    assert.equal(closedBy(END, ended), ended);
  }
});

Deno.test("a turn that a template closed and ended with a line break is closed", () => {
  const turn = sample([6], [END, 3]);
  assert.equal(closedBy(END, turn), turn);
  assert.deepEqual([...closedBy(END, sample([6], [8, 3])).ids], [5, 6, 8, 3, END]);
});

Deno.test("the token within a completion closes nothing", () => {
  assert.deepEqual([...closedBy(END, sample([END, 6])).ids], [5, END, 6, END]);
});

Deno.test("without a token nothing is appended", () => {
  const open = sample([6]);
  assert.equal(closedBy(undefined, open), open);
});

Deno.test("what ends in padding is not closed, unless the end is what pads", () => {
  const padding = [0, 7];
  for (const last of padding) {
    assert.throws(() => expectUnpadded(sample([6, last]), { end: END, padding }), {
      kind: "invalid_request",
      message: "Cannot close a text that ends in padding, as the model would read it before the " +
        `token that is appended (leave it out): received the id ${last} at the end`,
    });
    expectUnpadded(sample([6, last]), { end: last, padding });
    expectUnpadded(sample([6, last]), { end: undefined, padding });
    expectUnpadded(sample([last, 6]), { end: END, padding });
  }
});

Deno.test("nothing is appended where nothing is asked for, and what is must have an embedding", () => {
  const refusal = { kind: "bad_usage", received: "--append-eos" } as const;
  assert.equal(endToken("none", { eos: undefined, vocabulary: 10 }, refusal), undefined);
  assert.equal(endToken("eos", { eos: END, vocabulary: 10 }, refusal), END);
  for (const eos of [undefined, 10]) {
    assert.throws(() => endToken("eos", { eos, vocabulary: 10 }, refusal), {
      kind: "bad_usage",
      message: /^Cannot close texts as .*: received --append-eos$/,
    });
  }
});

Deno.test("the token has the type of the one before it", () => {
  const typed = { ...sample([6]), types: Int32Array.of(0, 1) };
  assert.deepEqual(closedBy(END, typed).types, Int32Array.of(0, 1, 1));
});

Deno.test("texts can be closed with the tokens that a model has, or with nothing", () => {
  assert.deepEqual(closesOf({ eos: undefined, vocabulary: 10 }), ["none"]);
  assert.deepEqual(closesOf({ eos: END, vocabulary: 10 }), ["eos", "none"]);
  assert.deepEqual(closesOf({ eos: 10, reward: 3, vocabulary: 10 }), ["reward", "none"]);
});
