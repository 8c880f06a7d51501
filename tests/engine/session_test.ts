import assert from "node:assert/strict";
import { feedsOf } from "../../src/engine/feeds.ts";
import { openSession } from "../../src/engine/session.ts";
import { serialize } from "../../src/onnx/serialize.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { tokenTree } from "../../src/tree/token_tree.ts";
import { goldenDirectory } from "../support/golden_model.ts";

const { graph } = await readBlueprint(goldenDirectory("gpt2"));
const tree = tokenTree([{ ids: Int32Array.of(1, 2, 3), rows: [0, 2], attention: true }], {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 100, pairsPerTile: 0 },
});
const cpu = { device: "cpu", threads: 1 } as const;

Deno.test("a session reads its weights in place and gives out logits and credit rows", async () => {
  const session = await openSession(serialize(graph), cpu, feedsOf(tree));
  assert.equal(session.onDevice, 1);
  const { logits, credit } = await session.run(feedsOf(tree));
  assert.deepEqual([logits.dims, credit.dims], [[2, 1], [1, 3]]);
  assert.ok(Math.abs(credit.data.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
});

Deno.test("an input that is not fed is named", async () => {
  const { ids: _, ...rest } = feedsOf(tree);
  await assert.rejects(openSession(serialize(graph), cpu, rest), /the input "ids" is not fed/);
});

Deno.test("bytes that are no model are refused by the runtime's own words", async () => {
  await assert.rejects(openSession(new Uint8Array([1, 2, 3]), cpu, feedsOf(tree)), /protobuf/i);
});
