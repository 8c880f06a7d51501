import assert from "node:assert/strict";
import { Dict, List, type PickleValue } from "../../../src/weights/torch/pickle_value.ts";
import { tensorsOf } from "../../../src/weights/torch/state_dict.ts";
import { Storage } from "../../../src/weights/torch/storage.ts";
import { TensorView } from "../../../src/weights/torch/tensor_view.ts";

const storage = new Storage("0", "float32", 1, 4);
const tensor = new TensorView({ storage, dtype: "float32", offset: 0, shape: [1], strides: [1] });

function dict(items: Readonly<Record<string, PickleValue>>): Dict {
  const made = new Dict();
  for (const [key, value] of Object.entries(items)) made.entries.set(key, value);
  return made;
}

Deno.test("the tensors of a dictionary are taken, and plain values left out", () => {
  const list = new List();
  list.items.push(1, list); // a list may hold itself
  const found = tensorsOf(
    dict({ a: tensor, step: 3, notes: dict({ list, tags: ["x"] }), none: null }),
  );
  assert.deepEqual([...found], [["a", tensor]]);
});

Deno.test("a tensor that stands deeper is refused by the name of its entry", () => {
  const list = new List();
  list.items.push([dict({ m: tensor })]);
  assert.throws(() => tensorsOf(dict({ optimizer: list })), /inside of the entry "optimizer"/);
});

Deno.test("what is no state dict is refused", () => {
  assert.throws(() => tensorsOf(tensor), /from names to tensors: received a tensor/);
  assert.throws(() => tensorsOf(null), /received null/);
  const numbered = new Dict();
  numbered.entries.set(3, tensor);
  assert.throws(() => tensorsOf(numbered), /name must be a text: received 3/);
});
