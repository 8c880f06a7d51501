import assert from "node:assert/strict";
import { addUpdate } from "../../src/adapters/merged_weights.ts";
import type { StoredTensor } from "../../src/weights/checkpoint.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, writeCheckpoint } from "../support/checkpoint.ts";

const down = { name: "a", shape: [2, 3], data: [1, 2, 3, 0, -1, 4] };
const up = { name: "b", shape: [2, 2], data: [1, 0, 2, 1] };
/** 0.5 * up @ down, `[outputs, inputs]`. */
const added = [[0.5, 1, 1.5], [1, 1.5, 5]];

Deno.test("the product of the factors is added to a weight, whichever way round it is stored", async () => {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [down, up]);
  const { tensors } = await openCheckpoint(directory.path);
  const stored = (name: string) => tensors.get(name) as StoredTensor;
  const update = { down: stored("a"), up: stored("b"), scale: 0.5 };
  const outIn = new Float32Array(6).fill(10);
  await addUpdate(outIn, update, { inputs: 3, layout: "out-in" });
  assert.deepEqual([...outIn], added.flat().map((each) => 10 + each));
  const inOut = new Float32Array(6).fill(10);
  await addUpdate(inOut, update, { inputs: 3, layout: "in-out" });
  assert.deepEqual([...inOut], [0, 1, 2].flatMap((i) => added.map((row) => 10 + row[i]!)));
});
