import assert from "node:assert/strict";
import type { ListedTensor } from "../../src/weights/checkpoint.ts";
import { quantizedNames, quantizedWeight } from "../../src/weights/quantized_weight.ts";

const weight = { inputs: 2, outputs: 3, layout: "out-in" } as const;
const names = quantizedNames("a");

function stored(change: Partial<ListedTensor> = {}, of = names.numbers) {
  const place = { file: "FILE", offset: 0, length: 6 };
  const numbers: ListedTensor = { ...place, name: names.numbers, dtype: "int8", shape: [2, 3] };
  const scales: ListedTensor = { ...place, name: names.scales, dtype: "float32", shape: [3] };
  const all = [numbers, scales].map((each) => each.name === of ? { ...each, ...change } : each);
  return { source: "FILE", tensors: new Map(all.map((each) => [each.name, each])) };
}

Deno.test("a weight is found as numbers and scales", () => {
  const { numbers, scales } = quantizedWeight(stored(), "a", weight);
  assert.deepEqual([numbers.dtype, numbers.shape], ["int8", [2, 3]]);
  assert.deepEqual([scales.dtype, scales.shape], ["float32", [3]]);
});

Deno.test("a file that holds anything else is refused by its name", () => {
  const wrong = [
    stored({ shape: [3, 2] }),
    stored({ dtype: "uint8" }),
    stored({ shape: [2] }, names.scales),
    stored({ dtype: "int8" }, names.scales),
    { source: "FILE", tensors: new Map() },
  ];
  for (const each of wrong) {
    assert.throws(() => quantizedWeight(each, "a", weight), {
      kind: "bad_model",
      message: /^Cannot read weights in int8 .* not those of a .*: received FILE$/,
    });
  }
});
