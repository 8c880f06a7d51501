import assert from "node:assert/strict";
import fc from "fast-check";
import {
  responseAttention,
  rowFeed,
  rowsOf,
  type Sequence,
  sequenceFeeds,
  shapeFor,
} from "../../../src/ppo/graphs/batch_feeds.ts";
import { responseLength } from "../../../src/ppo/graphs/sampler_feeds.ts";
import { sequenceOf } from "../golden_policy.ts";

const ids = (minLength: number) =>
  fc.array(fc.integer({ min: 1, max: 90 }), { minLength, maxLength: 20 });
const sequence: fc.Arbitrary<Sequence> = fc.record({ prompt: ids(1), response: ids(0) })
  .map(sequenceOf);
const batch = fc.array(sequence, { minLength: 1, maxLength: 5 });
const room = fc.nat(3);

/** Ragged rows as response tokens have them. */
function rowsFor(sequences: readonly Sequence[]): Float64Array[] {
  return sequences.map((each, i) =>
    Float64Array.from({ length: responseLength(each) }, (_, t) => Math.fround(i + t / 10 - 3))
  );
}

Deno.test("tokens of a batch follow one another, each with its place in the padded layout", () => {
  const sequences = [
    sequenceOf({ prompt: [7, 8], response: [9] }),
    { ...sequenceOf({ prompt: [4], response: [5, 6] }), minLength: 1 },
  ];
  assert.deepEqual(sequenceFeeds(sequences, { batch: 3, length: 4 }), {
    ids: { data: Int32Array.of(7, 8, 9, 4, 5, 6), dims: [6] },
    positions: { data: Int32Array.of(0, 1, 2, 0, 1, 2), dims: [6] },
    iota: { data: BigInt64Array.of(0n, 1n, 2n, 3n, 4n, 5n), dims: [6] },
    places: { data: Int32Array.of(0, 1, 2, 4, 5, 6), dims: [6] },
    slots: { data: Int32Array.of(0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0, 0), dims: [12] },
    rows: { data: Int32Array.of(1, 3, 4), dims: [3] },
    row_of: { data: Int32Array.of(0, 0, 0, 1, 2, 0), dims: [6] },
    actions: { data: Int32Array.of(9, 5, 6), dims: [3, 1] },
    early: { data: Float32Array.of(0, 1, 0), dims: [3, 1] },
  });
});

/** Feeds of a batch, as plain numbers. */
function laidOut(sequences: readonly Sequence[], more: number) {
  const shape = shapeFor(sequences, sequences.length + more);
  const feeds = sequenceFeeds(sequences, shape);
  for (const { data, dims } of Object.values(feeds)) {
    assert.equal(data.length, dims.reduce((product, dim) => product * dim, 1));
  }
  const numbers = (name: string) => Array.from(feeds[name]!.data, Number);
  return { shape, numbers };
}

Deno.test("row_of is the inverse of rows", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const { numbers } = laidOut(sequences, more);
    const [rows, rowOf] = [numbers("rows"), numbers("row_of")];
    assert.deepEqual(rows.map((token) => rowOf[token]), rows.map((_, row) => row));
    assert.equal(rowOf.length, numbers("ids").length);
  }));
});

Deno.test("every token has a place of its own in the padded layout, and slots is the inverse of places", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const { shape, numbers } = laidOut(sequences, more);
    const [places, slots, positions] = [numbers("places"), numbers("slots"), numbers("positions")];
    assert.deepEqual(numbers("ids"), sequences.flatMap(({ ids }) => [...ids]));
    assert.deepEqual(numbers("iota"), places.map((_, token) => token));
    assert.deepEqual(places.map((place) => slots[place]), numbers("iota"));
    assert.deepEqual(positions, places.map((place) => place % shape.length));
    const owners = sequences.flatMap(({ ids }, i) => Array.from(ids, () => i));
    assert.deepEqual(places.map((place) => Math.floor(place / shape.length)), owners);
    assert.equal(slots.length, shape.batch * shape.length);
    assert.ok(slots.every((token) => token < places.length), "unused slots hold some token");
  }));
});

Deno.test("the row of a response token is the token before it", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const { numbers } = laidOut(sequences, more);
    let start = 0;
    const expected = sequences.flatMap(({ ids, promptLength }) => {
      const first = start + promptLength;
      start += ids.length;
      return Array.from({ length: start - first }, (_, t) => first + t);
    });
    const ids = numbers("ids");
    assert.deepEqual(numbers("rows"), expected.map((token) => token - 1));
    assert.deepEqual(numbers("actions"), expected.map((token) => ids[token]));
  }));
});

Deno.test("rows survive the way to a feed and back", () => {
  fc.assert(fc.property(batch, (sequences) => {
    const rows = rowsFor(sequences);
    const feed = rowFeed(rows);
    assert.deepEqual([...feed.data], rows.flatMap((row) => [...row]));
    assert.deepEqual(feed.dims, [feed.data.length]);
    assert.deepEqual(rowsOf(feed, sequences), rows);
  }));
});

Deno.test("a shape fits all sequences and has a multiple of 8 as its length", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const longest = Math.max(1, ...sequences.map(({ ids }) => ids.length));
    assert.equal(shape.batch, sequences.length + more);
    assert.ok(shape.length >= longest && shape.length < longest + 8 && shape.length % 8 === 0);
  }));
});

Deno.test("the attention of a response to itself is cut out of its sequence's matrix", () => {
  const sequences = [
    sequenceOf({ prompt: [1], response: [2, 3] }),
    sequenceOf({ prompt: [4, 5, 6], response: [7] }),
    sequenceOf({ prompt: [8], response: [] }),
  ];
  const length = 5;
  // Every weight encodes its place: sequence, row, column.
  const data = Float32Array.from({ length: 3 * length * length }, (_, at) => {
    return 100 * Math.floor(at / 25) + 10 * (Math.floor(at / 5) % 5) + at % 5;
  });
  const feed = { data, dims: [3, length, length] };
  assert.deepEqual(responseAttention(feed, sequences, { batch: 3, length }), [
    Float64Array.of(11, 12, 21, 22),
    Float64Array.of(133),
    new Float64Array(),
  ]);
});
