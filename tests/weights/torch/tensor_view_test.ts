import assert from "node:assert/strict";
import fc from "fast-check";
import { elementCount } from "../../../src/weights/element_type.ts";
import {
  rebuildParameter,
  rebuildTensor,
  rebuildTypedTensor,
} from "../../../src/weights/torch/rebuild.ts";
import { Global } from "../../../src/weights/torch/pickle_value.ts";
import { Storage } from "../../../src/weights/torch/storage.ts";
import { TensorView } from "../../../src/weights/torch/tensor_view.ts";
import { storageClasses, torchDtypes } from "../../../src/weights/torch/torch_types.ts";

const floats = new Storage("0", "float32", 24, 96);
const place = { file: "/model.bin", offset: 1_000 };

const view = (shape: readonly number[], strides: readonly number[], offset = 0) =>
  new TensorView({ storage: floats, dtype: "float32", offset, shape, strides });

Deno.test("a view in order is a part of the file", () => {
  assert.deepEqual(view([2, 3], [3, 1], 4).listed("w", place), {
    name: "w",
    dtype: "float32",
    shape: [2, 3],
    file: "/model.bin",
    offset: 1_016,
    length: 24,
  });
  assert.equal(view([], [], 23).listed("w", place).length, 4);
  assert.equal(view([1, 4, 1], [77, 1, 0]).listed("w", place).length, 16);
  assert.equal(view([0, 3], [1, 1], 24).listed("w", place).length, 0);
});

for (
  const [what, shape, strides] of [
    ["transposed", [3, 2], [1, 3]],
    ["expanded", [4], [0]],
    ["a column", [3, 1], [4, 1]],
    ["with gaps", [2, 3], [4, 1]],
    ["reversed axes", [2, 3, 4], [12, 1, 3]],
  ] as const
) {
  Deno.test(`a view that is ${what} is refused by name`, () => {
    assert.throws(() => view(shape, strides).listed("w", place), /"w" is a view.*save_pretrained/);
  });
}

Deno.test("a view beyond its storage is refused", () => {
  assert.throws(() => view([5, 5], [5, 1]), /within its storage/);
  assert.throws(() => view([24], [1], 1), /within its storage/);
  assert.throws(() => view([2], [2 ** 53]), /within its storage/);
  assert.throws(() => view([0], [1], 25), /within its storage/);
  assert.throws(() => view([2 ** 52, 2 ** 52], [2 ** 52, 1]), /within its storage/);
  assert.throws(() => view([2], []), /a stride for each axis/);
});

Deno.test("whatever is listed lies within the storage and has the length of its shape", () => {
  const extents = fc.array(fc.tuple(fc.nat(4), fc.nat(12)), { maxLength: 4 });
  fc.assert(fc.property(extents, fc.nat(30), (extents, offset) => {
    const [shape, strides] = [0, 1].map((i) => extents.map((each) => each[i]!)) as [
      number[],
      number[],
    ];
    let listed;
    try {
      listed = view(shape, strides, offset).listed("w", place);
    } catch {
      return;
    }
    assert.equal(listed.length, 4 * elementCount(shape));
    assert.ok(listed.offset >= place.offset && listed.offset + listed.length <= place.offset + 96);
  }));
});

Deno.test("a tensor is made of a storage, and takes its type or says its own", () => {
  const untyped = new Storage("1", undefined, 4, 4);
  const place = [0, [2], [1], false, null] as const;
  assert.equal(rebuildTensor([floats, ...place]).listed("w", { file: "", offset: 0 }).length, 8);
  const half = rebuildTypedTensor([untyped, ...place, new Global("torch.float16"), null]);
  assert.equal(half.listed("w", { file: "", offset: 0 }).dtype, "float16");
  assert.equal(rebuildParameter([half, true]), half);
  assert.throws(() => rebuildTensor([untyped, ...place]), /no element type/);
  assert.throws(() => rebuildTypedTensor([untyped, ...place, "float16"]), /unknown element type/);
  assert.throws(() => rebuildParameter([floats]), /a parameter must be a tensor/);
  assert.throws(() => rebuildTensor([floats, -1, [2], [1]]), /the offset of a tensor/);
  assert.throws(() => rebuildTensor([floats, 0, [1.5], [1]]), /the shape of a tensor/);
  assert.throws(() => rebuildTensor([floats, 0, [2], ["1"]]), /the strides of a tensor/);
  assert.throws(() => rebuildTensor([floats, 0, Array(9).fill(1), []]), /a tuple of at most 8/);
  assert.throws(() => rebuildTensor(["floats", 0, [2], [1]]), /a view of a storage/);
});

Deno.test("torch's names of types are those of storages and elements", () => {
  assert.ok(
    Object.keys(storageClasses).every((name) => /^torch\.(storage\.)?\w+Storage$/.test(name)),
  );
  assert.ok(
    Object.keys(torchDtypes).every((name) =>
      /^torch\.(bool|(u?int|b?float|complex)\d+\w*)$/.test(name)
    ),
  );
});
