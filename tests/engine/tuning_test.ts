import assert from "node:assert/strict";
import { treeOptions } from "../../src/engine/tuning.ts";

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

Deno.test("the scores of a tile stay within 32 MiB over all heads", () => {
  for (const heads of [1, 12, 16, 96]) {
    assert.ok(options(1024, heads).tiles.maxPairs * heads * 4 <= 32 * 2 ** 20);
  }
});
