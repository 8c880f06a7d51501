/** Weights as whole numbers: how far they are from what was stored, and what is refused. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { deriveCheckpoint } from "../../src/weights/derived.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { type LinearWeight, quantizedWeight } from "../../src/weights/quantized_weight.ts";
import { readChunks } from "../../src/weights/read_tensor.ts";
import { toInt8 } from "../../src/weights/to_int8.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";

async function converted(tensor: TestTensor, weight: LinearWeight) {
  await using directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, [tensor, { name: "other", shape: [1], data: [7] }]);
  const source = await openCheckpoint(directory.path);
  const transformation = toInt8(new Map([[tensor.name, weight]]));
  const { checkpoint } = await deriveCheckpoint(source, transformation, `${directory.path}/cache`);
  const { numbers, scales } = quantizedWeight(checkpoint, tensor.name, weight);
  const [bytes] = await Array.fromAsync(readChunks(numbers));
  return {
    numbers: new Int8Array(bytes?.buffer ?? new ArrayBuffer(0)),
    scales: await checkpoint.read(scales.name),
    original: await source.read(tensor.name),
    others: [...checkpoint.tensors.keys()].filter((name) => !name.startsWith(tensor.name)),
  };
}

Deno.test("a weight is within half a step of what was stored, in either layout", async () => {
  const sizes = fc.integer({ min: 1, max: 7 });
  const layouts = fc.constantFrom("out-in" as const, "in-out" as const);
  const dtypes = fc.constantFrom("float32", "float16", "bfloat16");
  const property = fc.asyncProperty(
    fc.record({ inputs: sizes, outputs: sizes, layout: layouts, dtype: dtypes, seed: fc.nat() }),
    async ({ dtype, seed, ...weight }) => {
      const { inputs, outputs, layout } = weight;
      const data = Array.from({ length: inputs * outputs }, (_, i) => Math.sin(seed + i * i) * 3);
      const shape = layout === "out-in" ? [outputs, inputs] : [inputs, outputs];
      const found = await converted({ name: "a", shape, data, dtype } as TestTensor, weight);
      assert.deepEqual(found.others, ["other"]);
      for (let output = 0; output < outputs; output++) {
        const scale = found.scales[output]!;
        let largest = 0;
        for (let input = 0; input < inputs; input++) {
          const number = found.numbers[input * outputs + output]!;
          const at = layout === "out-in" ? output * inputs + input : input * outputs + output;
          const gap = Math.abs(number * scale - found.original[at]!);
          assert.ok(gap <= scale * 0.500001, `${gap} of ${scale}`);
          largest = Math.max(largest, Math.abs(number));
        }
        assert.equal(largest, 64);
      }
    },
  );
  await fc.assert(property, { numRuns: 40 });
});

Deno.test("an output without weight stays one", async () => {
  const weight = { inputs: 2, outputs: 2, layout: "out-in" } as const;
  const { numbers, scales } = await converted(
    { name: "a", shape: [2, 2], data: [0, 0, 1, -1] },
    weight,
  );
  assert.deepEqual([...numbers], [0, 64, 0, -64]);
  assert.deepEqual([...scales], [1, 1 / 64]);
});

Deno.test("a number that is not finite is refused by the name of its tensor", async () => {
  const weight = { inputs: 2, outputs: 1, layout: "out-in" } as const;
  for (const wrong of [NaN, Infinity, -Infinity]) {
    await assert.rejects(converted({ name: "a", shape: [1, 2], data: [1, wrong] }, weight), {
      kind: "bad_model",
      message: /^Cannot compute in int8 as a number of tensor "a" .* not finite: received /,
    });
  }
});
