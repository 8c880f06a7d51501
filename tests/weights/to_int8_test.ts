/** Weights as whole numbers: how far they are from what was stored, and what is refused. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { deriveCheckpoint } from "../../src/weights/derived.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { type LinearWeight, quantizedWeight } from "../../src/weights/quantized_weight.ts";
import { readChunks } from "../../src/weights/read_tensor.ts";
import { rotate, rotatedBlock } from "../../src/weights/rotation.ts";
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

/** The inputs of an output as they are rounded. */
function turned(inputs: Float32Array): Float32Array {
  const block = rotatedBlock(inputs.length);
  if (block === undefined) return inputs;
  for (let at = 0; at < inputs.length; at += block) rotate(inputs.subarray(at, at + block));
  return inputs;
}

/** What each two neighbours add to a sum of one sign. */
function pairsOf(numbers: readonly number[]): number[] {
  return numbers.flatMap((a, i) => {
    const b = numbers[i + 1] ?? 0;
    if (i % 2 === 1) return [];
    return a * b > 0 ? [Math.abs(a + b)] : [Math.max(Math.abs(a), Math.abs(b))];
  });
}

Deno.test("a rotated weight is within half a step of what was stored, and no pair of it overflows", async () => {
  const sizes = fc.integer({ min: 1, max: 17 });
  const layouts = fc.constantFrom("out-in" as const, "in-out" as const);
  const dtypes = fc.constantFrom("float32", "float16", "bfloat16");
  const seeds = fc.nat().map((each) => each + 1); // of 0 the first weight is 0, and may be the only one
  const property = fc.asyncProperty(
    fc.record({ inputs: sizes, outputs: sizes, layout: layouts, dtype: dtypes, seed: seeds }),
    async ({ dtype, seed, ...weight }) => {
      const { inputs, outputs, layout } = weight;
      const data = Array.from({ length: inputs * outputs }, (_, i) => Math.sin(seed + i * i) * 3);
      const shape = layout === "out-in" ? [outputs, inputs] : [inputs, outputs];
      const found = await converted({ name: "a", shape, data, dtype } as TestTensor, weight);
      assert.deepEqual(found.others, ["other"]);
      for (let output = 0; output < outputs; output++) {
        const scale = found.scales[output]!;
        const at = (input: number) =>
          layout === "out-in" ? output * inputs + input : input * outputs + output;
        const exact = turned(Float32Array.from({ length: inputs }, (_, i) => {
          return found.original[at(i)]!;
        }));
        const whole = [...exact].map((_, input) => found.numbers[input * outputs + output]!);
        for (const [input, number] of whole.entries()) {
          const gap = Math.abs(number * scale - exact[input]!);
          assert.ok(gap <= scale * 0.50001, `${gap} of ${scale}`);
        }
        const largest = Math.max(...pairsOf(whole));
        assert.ok(largest >= 126 && largest <= 128, `${largest}`);
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
  assert.deepEqual([...numbers], [0, 127, 0, -127]);
  assert.deepEqual([...scales], [1, Math.fround(1 / 127)]);
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
