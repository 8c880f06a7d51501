import assert from "node:assert/strict";
import fc from "fast-check";
import { prefixTree } from "../../src/tree/prefix_tree.ts";
import { wholeTexts } from "../../src/tree/whole_texts.ts";
import { batches, policies, untyped } from "./batches.ts";

const limit = { bytes: 1e9, perPair: 1, perPlace: 1 };

Deno.test("every text stands in one, each token behind those before it", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const tree = prefixTree(untyped(sequences), policy);
    const { atOnce, count, longest, tokens } = wholeTexts(tree, limit);
    const idOf = new Map(
      tree.segments.flatMap(({ first, ids }) =>
        Array.from(ids, (id, i): [number, number] => [first + i, id])
      ),
    );
    const texts = Array.from({ length: count }, (_, text) => {
      const own = tokens.subarray(text * longest, (text + 1) * longest);
      return `${Array.from(own, (token) => idOf.get(token)).join(" ")} `;
    });
    assert.ok(atOnce);
    for (const ids of sequences) {
      assert.ok(texts.some((text) => text.startsWith(`${ids.join(" ")} `)), `${ids}`);
    }
  }));
});

Deno.test("every packed token has a place where it stands", () => {
  fc.assert(fc.property(batches, policies, (sequences, policy) => {
    const tree = prefixTree(untyped(sequences), policy);
    const { tokens, places } = wholeTexts(tree, limit);
    assert.equal(places.length, tree.tokens);
    places.forEach((place, token) => {
      assert.equal(tokens[place], token);
    });
  }));
});

Deno.test("a text that another begins with, and one that comes twice, are not written again", () => {
  const sequences = untyped([[1, 2], [1, 2, 3], [1, 2, 3], [4]].map((ids) => Int32Array.from(ids)));
  const tree = prefixTree(sequences, { tokensPerBranch: 0, sharesUpTo: Infinity });
  const { count, longest } = wholeTexts(tree, limit);
  assert.deepEqual([count, longest], [2, 3]);
});

Deno.test("beyond the memory for pairs and places nothing is written", () => {
  const sequences = untyped([[1, 2, 3], [4]].map((ids) => Int32Array.from(ids)));
  const tree = prefixTree(sequences, { tokensPerBranch: 0, sharesUpTo: Infinity });
  const costs = { perPair: 10, perPlace: 100 };
  const bytes = 2 * 9 * 10 + 2 * 3 * 100;
  assert.ok(wholeTexts(tree, { bytes, ...costs }).atOnce);
  const beyond = wholeTexts(tree, { bytes: bytes - 1, ...costs });
  assert.deepEqual([beyond.atOnce, beyond.tokens.length, beyond.count], [false, 0, 0]);
  assert.ok(!wholeTexts(tree, undefined).atOnce);
});
