import assert from "node:assert/strict";
import fc from "fast-check";
import { nearest } from "../src/spelling.ts";

const names = ["score.weight", "model.embed_tokens.weight", "model.norm.weight"];

const table: [asked: string, found: string | undefined][] = [
  ["scores.weight", "score.weight"],
  ["embed_tokens.weight", "model.embed_tokens.weight"],
  ["model.nrom.weight", "model.norm.weight"],
  ["transformer.h.0.attn.c_attn.bias", undefined],
  ["x", undefined],
];

for (const [asked, found] of table) {
  Deno.test(`the nearest name to ${asked} is ${found ?? "none"}`, () => {
    assert.equal(nearest(asked, names), found);
  });
}

Deno.test("a name that is known is its own nearest", () => {
  fc.assert(fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1 }), (known) => {
    const [name = ""] = known;
    assert.equal(nearest(name, known.toReversed()), name);
  }));
});

Deno.test("an endless list of candidates is not compared to its end", () => {
  function* endless() {
    while (true) yield "score.weights";
  }
  assert.equal(nearest("score.weight", endless()), "score.weights");
});
