import assert from "node:assert/strict";
import fc from "fast-check";
import type { ListedTensor } from "../../src/weights/checkpoint.ts";
import { checkLayout } from "../../src/weights/layout.ts";

const START = 64;

/** Tensors named `0`, `1`, ... over the ranges, which count from the start of the data. */
function tensors(...ranges: [from: number, to: number][]): ListedTensor[] {
  return ranges.map(([from, to], i) => ({
    name: `${i}`,
    dtype: "uint8",
    shape: [to - from],
    file: "/f",
    offset: START + from,
    length: to - from,
  }));
}

const bounds = (bytes: number) => ({ path: "/f", start: START, size: START + bytes });

const wrong: [what: string, ranges: [number, number][], bytes: number, message: RegExp][] = [
  [
    "a range behind the file",
    [[0, 4], [4, 8]],
    6,
    /tensor "1" .*ends behind the file.*received byte 72 of 70$/,
  ],
  ["a range that no float can count", [[0, 2 ** 53 - 1]], 6, /ends behind the file/],
  ["an overlap", [[0, 4], [2, 8]], 8, /two tensors overlap: received "0" and "1"$/],
  ["the same range twice", [[0, 4], [0, 4]], 4, /overlap/],
  ["one range within another", [[0, 8], [2, 4]], 8, /overlap/],
  ["an empty tensor within another", [[0, 8], [4, 4]], 8, /overlap/],
  ["a hole", [[0, 4], [6, 8]], 8, /belong to no tensor: received bytes 68 to 70$/],
  ["a hole at the start", [[2, 8]], 8, /received bytes 64 to 66$/],
  ["bytes left over at the end", [[0, 4]], 8, /received bytes 68 to 72$/],
  ["bytes and no tensor", [], 8, /received bytes 64 to 72$/],
];

for (const [what, ranges, bytes, message] of wrong) {
  Deno.test(`${what} is refused`, () => {
    assert.throws(() => checkLayout(tensors(...ranges), bounds(bytes)), {
      kind: "bad_model",
      message,
    });
  });
}

Deno.test("ranges that fill the file in any order pass, and come back in the order of the bytes", () => {
  const lengths = fc.array(fc.nat(5), { maxLength: 8 });
  fc.assert(fc.property(lengths, fc.infiniteStream(fc.double()), (each, keys) => {
    let end = 0;
    const ordered = tensors(...each.map((length): [number, number] => [end, end += length]));
    const shuffled = ordered.map((tensor) => ({ tensor, key: keys.next().value ?? 0 }))
      .toSorted((a, b) => a.key - b.key).map(({ tensor }) => tensor);
    const checked = checkLayout(shuffled, bounds(end));
    assert.deepEqual(checked.map(({ offset }) => offset), ordered.map(({ offset }) => offset));
    assert.equal(checked.length, ordered.length);
  }));
});
