import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { readEntry } from "../../src/weights/entry.ts";

const place = { name: "w", file: "/model.safetensors", start: 108 };

Deno.test("an entry's range is counted from the start of the file", () => {
  const entry = { dtype: "BF16", shape: [2, 3], data_offsets: [100, 112], comment: "let pass" };
  assert.deepEqual(readEntry(entry, place), {
    name: "w",
    dtype: "bfloat16",
    shape: [2, 3],
    file: "/model.safetensors",
    offset: 208,
    length: 12,
  });
});

Deno.test("a scalar, an empty tensor and elements of half a byte have the length they should", () => {
  const lengthOf = (dtype: string, shape: number[], bytes: number) =>
    readEntry({ dtype, shape, data_offsets: [0, bytes] }, place).length;
  assert.deepEqual([lengthOf("F32", [], 4), lengthOf("F16", [4, 0], 0), lengthOf("F4", [4], 2)], [
    4,
    0,
    2,
  ]);
});

const wrong: [what: string, entry: unknown, message: RegExp][] = [
  ["no entry at all", null, /'its entry' is malformed/],
  ["a list", [], /'its entry' is malformed/],
  ["no element type", { shape: [1], data_offsets: [0, 4] }, /'dtype' is malformed/],
  [
    "an unknown element type",
    { dtype: "Q4_K", shape: [1], data_offsets: [0, 4] },
    /none of F64.*"Q4_K"$/,
  ],
  [
    "an element type from a prototype",
    { dtype: "toString", shape: [], data_offsets: [0, 4] },
    /none of/,
  ],
  [
    "a shape that is no list",
    { dtype: "F32", shape: 1, data_offsets: [0, 4] },
    /'shape' is malformed/,
  ],
  [
    "a negative extent",
    { dtype: "F32", shape: [-1], data_offsets: [0, 4] },
    /'shape.0' is malformed/,
  ],
  [
    "a broken extent",
    { dtype: "F32", shape: [1.5], data_offsets: [0, 6] },
    /'shape.0' is malformed/,
  ],
  ["an extent beyond 2^53", { dtype: "F32", shape: [2 ** 60], data_offsets: [0, 4] }, /'shape.0'/],
  [
    "a shape that overflows",
    { dtype: "F32", shape: [2 ** 40, 2 ** 40], data_offsets: [0, 4] },
    /beyond every/,
  ],
  ["an overflow hidden by a zero", {
    dtype: "F32",
    shape: [2 ** 40, 2 ** 40, 0],
    data_offsets: [0, 0],
  }, /beyond/],
  [
    "a rank beyond all use",
    { dtype: "F32", shape: new Array(65).fill(1), data_offsets: [0, 4] },
    /its rank is above 64: received 65$/,
  ],
  ["half a byte", { dtype: "F4", shape: [3], data_offsets: [0, 2] }, /beyond every possible size/],
  [
    "one offset",
    { dtype: "F32", shape: [1], data_offsets: [0] },
    /'data_offsets(\.1)?' is malformed/,
  ],
  [
    "three offsets",
    { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] },
    /'data_offsets' is malformed/,
  ],
  [
    "a negative offset",
    { dtype: "F32", shape: [1], data_offsets: [-4, 0] },
    /'data_offsets.0' is malformed/,
  ],
  ["a broken offset", { dtype: "F32", shape: [1], data_offsets: [0.5, 4.5] }, /'data_offsets.0'/],
  [
    "an offset that is a text",
    { dtype: "F32", shape: [1], data_offsets: ["0", 4] },
    /'data_offsets.0'/,
  ],
  [
    "a range from back to front",
    { dtype: "F32", shape: [1], data_offsets: [4, 0] },
    /ends before it starts: received \[4, 0\]$/,
  ],
  [
    "a range too short",
    { dtype: "F32", shape: [2], data_offsets: [0, 4] },
    /float32\[2\] takes 8 bytes.*received 4$/,
  ],
  [
    "a range too long",
    { dtype: "F16", shape: [2], data_offsets: [0, 8] },
    /takes 4 bytes.*received 8$/,
  ],
];

for (const [what, entry, message] of wrong) {
  Deno.test(`an entry with ${what} is refused, by the names of tensor and file`, () => {
    assert.throws(() => readEntry(entry, place), (error: unknown) => {
      assert.ok(error instanceof AbacusError);
      assert.equal(error.kind, "bad_model");
      assert.match(error.message, /^Cannot read tensor "w" of \/model\.safetensors as /);
      assert.match(error.message, message);
      return true;
    });
  });
}
