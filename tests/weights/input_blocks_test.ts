/** Blocks of a weight's inputs, over chunks of the file and both orders of its axes. */

import assert from "node:assert/strict";
import type { StoredTensor } from "../../src/weights/checkpoint.ts";
import { forEachBlock } from "../../src/weights/input_blocks.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { temporaryDirectory, writeCheckpoint } from "../support/checkpoint.ts";

for (const layout of ["out-in", "in-out"] as const) {
  Deno.test(`every number of a weight stored as ${layout} is visited once, where it belongs`, async () => {
    await using directory = await temporaryDirectory();
    // More than one chunk of 4 MiB, which ends within a block.
    const [inputs, outputs, length] = [1_030, 1_031, 4];
    const data = Float32Array.from({ length: inputs * outputs }, (_, i) => i);
    const shape = layout === "out-in" ? [outputs, inputs] : [inputs, outputs];
    await writeCheckpoint(directory.path, [{ name: "a", shape, data }]);
    const { tensors } = await openCheckpoint(directory.path);
    const seen = new Uint8Array(data.length);
    const weight = { inputs, outputs, layout };
    await forEachBlock(tensors.get("a") as StoredTensor, { weight, length }, (block) => {
      const { output, input, numbers } = block;
      const expected = Math.min(length, inputs - input);
      if (numbers.length !== expected) assert.equal(numbers.length, expected);
      numbers.forEach((number, i) => {
        const at = layout === "out-in"
          ? output * inputs + input + i
          : (input + i) * outputs + output;
        if (number !== at) assert.equal(number, at);
        seen[at]! += 1;
      });
      numbers.fill(NaN); // the visitor's to change
    });
    assert.ok(seen.every((count) => count === 1));
  });
}
