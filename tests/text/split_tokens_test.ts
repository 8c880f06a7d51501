import assert from "node:assert/strict";
import { AddedToken } from "../../src/text/added_token.ts";
import { splitTokens } from "../../src/text/split_tokens.ts";

const control = (content: string) => new AddedToken(content, { special: true });
const plain = (content: string) => new AddedToken(content, { normalized: false });
const json = { model: { vocab: { "<s>": 0, a: 1 } } };

Deno.test("a control token outside the vocabulary leaves its number to a placeholder", () => {
  const tokens = [control("<s>"), control("<x>"), plain("you"), control("<x>"), control("")];
  const split = splitTokens(tokens, json).map(({ content }) => content);
  assert.equal(split.length, 3);
  assert.match(split[0]!, /^[0-9a-f-]{36} <x>$/);
  assert.deepEqual(split.slice(1), ["you", split[0]]);
});

Deno.test("pieces with scores are a vocabulary too", () => {
  const pieces = { model: { vocab: [["<s>", 0], ["a", -1]] } };
  assert.deepEqual(splitTokens([control("<s>")], pieces), []);
});

Deno.test("a token that a control token would hide is refused, one that begins before it is not", () => {
  const table: [token: string, isRefused: boolean][] = [
    ["ser", true],
    ["<|u", true],
    ["|>you", true],
    ["<|user|>s", false],
    ["x<|", false],
    ["you", false],
  ];
  for (const [token, isRefused] of table) {
    const split = () => splitTokens([control("<|user|>"), plain(token)], json);
    if (!isRefused) split();
    else {
      assert.throws(split, {
        kind: "bad_model",
        message: /'<\|user\|>' overlaps with another added token: received '/,
      }, token);
    }
  }
});
