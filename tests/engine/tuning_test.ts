import assert from "node:assert/strict";
import { longestOwnPass, paddingLimits, treeOptions } from "../../src/engine/tuning.ts";

function options(hidden: number, heads: number) {
  const dimensions = { hidden, heads, layers: 2, vocabulary: 10, context: 64, labels: 1 };
  return treeOptions({ dimensions, sharesUpTo: 50 });
}

Deno.test("the larger the model, the sooner sharing and further tiles pay", () => {
  const [small, large] = [options(64, 4), options(1024, 16)];
  assert.ok(small.sharing.tokensPerBranch > large.sharing.tokensPerBranch);
  assert.ok(small.tiles.pairsPerTile > large.tiles.pairsPerTile);
  assert.equal(small.sharing.sharesUpTo, 50);
});

Deno.test("a pass for gradients keeps less than 512 MiB, unless a single text takes more", () => {
  const of = (hidden: number, heads: number, layers: number) => {
    const dimensions = { hidden, heads, layers, vocabulary: 10, context: 64, labels: 1 };
    return paddingLimits({ dimensions });
  };
  assert.equal(4 * of(192, 6, 4).numbers, 512 * 2 ** 20);
  const [small, large] = [of(192, 6, 4), of(1024, 16, 24)];
  assert.ok(large.perToken > small.perToken && large.perPair > small.perPair);
  assert.equal(large.perPair, 16 * 24); // the attention of every head in every layer
});

Deno.test("the longest text for a gradient is the last that stays within the memory", () => {
  for (const [hidden, heads, layers] of [[192, 6, 4], [1024, 16, 24], [4096, 32, 32]] as const) {
    const dimensions = { hidden, heads, layers, vocabulary: 10, context: 64, labels: 1 };
    const { perToken, perPair } = paddingLimits({ dimensions });
    const bytes = (tokens: number) => 4 * tokens * (perToken + tokens * perPair);
    const longest = longestOwnPass({ dimensions }, 2 ** 32);
    assert.ok(longest > 0 && bytes(longest) <= 2 ** 32 && bytes(longest + 1) > 2 ** 32);
  }
});

Deno.test("the scores of a tile stay within 32 MiB over all heads", () => {
  for (const heads of [1, 12, 16, 96]) {
    assert.ok(options(1024, heads).tiles.maxPairs * heads * 4 <= 32 * 2 ** 20);
  }
});
