import assert from "node:assert/strict";
import fc from "fast-check";
import {
  chunksOf,
  paddedFeeds,
  type PooledSequence,
  unpadded,
} from "../../../src/engine/passes/padded_feeds.ts";

const limits = { perToken: 10, perPair: 1, numbers: 4_000, tokens: 100 };

function sequence(length: number): PooledSequence {
  return { ids: Int32Array.from({ length }, (_, i) => 7 + i), pool: [length - 1] };
}

const lengths = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 40 });

Deno.test("every sequence is in one chunk, and a chunk of several keeps the limits", () => {
  fc.assert(fc.property(lengths, (lengths) => {
    const chunks = chunksOf(lengths.map(sequence), limits);
    const seen = chunks.flat().toSorted((a, b) => a - b);
    assert.deepEqual(seen, lengths.map((_, i) => i));
    for (const chunk of chunks.filter((chunk) => chunk.length > 1)) {
      const own = chunk.map((i) => lengths[i]!);
      const longest = Math.max(...own);
      assert.ok(chunk.length * longest <= limits.tokens);
      assert.ok(chunk.length * longest * (10 + longest) <= limits.numbers);
      assert.ok(longest - Math.min(...own) <= Math.max(16, longest / 4));
    }
  }));
});

Deno.test("what is over the limits by itself runs alone", () => {
  const chunks = chunksOf([5, 500, 400, 6].map(sequence), limits);
  assert.deepEqual(chunks, [[1], [2], [3, 0]]);
});

Deno.test("memory that grows with the square of the length bounds long sequences sooner", () => {
  const spacious = { ...limits, tokens: 10_000 };
  const sizes = (length: number) =>
    chunksOf(Array(50).fill(length).map(sequence), spacious).map(({ length }) => length);
  assert.deepEqual(sizes(10), [20, 20, 10]); // 4000 / (10 * 20)
  assert.deepEqual(sizes(40).slice(0, 2), [2, 2]); // 4000 / (40 * 50)
});

Deno.test("the way sequences are divided does not depend on their order where lengths differ", () => {
  const some = [3, 90, 41, 17, 60].map(sequence);
  const by = (sequences: readonly PooledSequence[]) =>
    chunksOf(sequences, limits).map((chunk) => chunk.map((i) => sequences[i]!.ids.length));
  assert.deepEqual(by(some), by(some.toReversed()));
});

Deno.test("a sequence is filled up with its own last token, behind everything that is read", () => {
  const feeds = paddedFeeds([
    { ids: Int32Array.of(5, 6, 7), types: Int32Array.of(0, 1, 1), pool: [1], gate: 2 },
    { ids: Int32Array.of(8), pool: [0] },
  ]);
  const numbers = Object.entries(feeds).map(([name, { data, dims }]) => [
    name,
    Array.from<number | bigint, number>(data, Number),
    dims,
  ]);
  assert.deepEqual(numbers, [
    ["ids", [5, 6, 7, 8, 8, 8], [6]],
    ["positions", [0, 1, 2, 0, 1, 2], [6]],
    ["lengths", [3, 3, 3, 1, 1, 1], [6]],
    ["types", [0, 1, 1, 0, 0, 0], [6]],
    ["iota", [0, 1, 2, 3, 4, 5], [6]],
    ["length", [3], []],
    ["pool", [0, 1, 0, 1, 0, 0], [2, 3]],
    ["gate", [0, 0, 1, 0, 0, 0], [2, 3]],
  ]);
});

Deno.test("each sequence gets its own numbers back, in an array of its own", () => {
  const sequences = [2, 3, 1].map(sequence);
  const output = { data: Float32Array.of(1, 2, 0, 3, 4, 5, 6, 0, 0), dims: [9] };
  const parts = unpadded(output, sequences);
  assert.deepEqual(parts.map((part) => [...part]), [[1, 2], [3, 4, 5], [6]]);
  assert.ok(parts.every(({ buffer }) => buffer !== output.data.buffer));
});

Deno.test("numbers of another type are a mistake of the program", () => {
  assert.throws(() => unpadded({ data: Int32Array.of(1), dims: [1] }, [sequence(1)]), TypeError);
});
