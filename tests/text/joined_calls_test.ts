import assert from "node:assert/strict";
import type { JsEncoding } from "tokenizers";
import { JoinedCalls } from "../../src/text/joined_calls.ts";

/** Calls of a library that end when they are told to; a text with "bad" in it spoils its call. */
class Calls {
  readonly texts: string[][] = [];
  readonly #ends: (() => void)[] = [];

  readonly encode = async (texts: string[]): Promise<JsEncoding[]> => {
    this.texts.push(texts);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.push(resolve);
    await promise;
    if (texts.some((text) => text.includes("bad"))) throw new Error("cannot");
    return texts.map(named);
  };

  /** Ends the oldest call that is under way. */
  async end(): Promise<void> {
    this.#ends.shift()?.();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

/** An encoding that says which text it is of. */
function named(text: string): JsEncoding {
  return { getTokens: () => [text] } as JsEncoding;
}

async function textsOf(answer: Promise<JsEncoding[]>): Promise<string[]> {
  return (await answer).flatMap((encoding) => encoding.getTokens());
}

Deno.test("what comes while a call is under way goes with the next one, and each gets its own", async () => {
  const calls = new Calls();
  const joined = new JoinedCalls(calls.encode);
  const answers = [["a"], ["b", "c"], [], ["d"]].map((texts) => joined.encode(texts));
  assert.deepEqual(calls.texts, [["a"]]);
  await calls.end();
  assert.deepEqual(calls.texts, [["a"], ["b", "c", "d"]]);
  await calls.end();
  assert.deepEqual(await Promise.all(answers.map(textsOf)), [["a"], ["b", "c"], [], ["d"]]);
  void joined.encode(["e"]);
  assert.deepEqual(calls.texts.at(-1), ["e"]); // nothing is under way any more
});

Deno.test("a text that cannot be tokenised fails its own caller alone", async () => {
  const calls = new Calls();
  const joined = new JoinedCalls(calls.encode);
  const [first, good, bad, other] = ["a", "b", "bad", "c"].map((text) => joined.encode([text]));
  const refused = assert.rejects(bad!, /cannot/);
  for (let call = 0; call < 5; call++) await calls.end();
  await refused;
  assert.deepEqual(await Promise.all([first!, good!, other!].map(textsOf)), [["a"], ["b"], ["c"]]);
  assert.deepEqual(calls.texts, [["a"], ["b", "bad", "c"], ["b"], ["bad"], ["c"]]);
});

Deno.test("long texts have a call to themselves, and a call holds no more than its bound", async () => {
  const calls = new Calls();
  const joined = new JoinedCalls(calls.encode);
  const half = "x".repeat(4_000);
  void joined.encode(["a"]);
  for (const text of [half, half, half, "y".repeat(10_000)]) void joined.encode([text]);
  assert.deepEqual(calls.texts.map((texts) => texts.map(({ length }) => length)), [[1], [10_000]]);
  await calls.end();
  await calls.end();
  assert.deepEqual(calls.texts.at(-1), [half, half]);
  await calls.end();
  assert.deepEqual(calls.texts.at(-1), [half]);
});
