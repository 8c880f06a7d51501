import assert from "node:assert/strict";
import fc from "fast-check";
import {
  responseAttention,
  rowFeed,
  rowsOf,
  type Sequence,
  sequenceFeeds,
  shapeFor,
  shareFeed,
} from "../../src/ppo/batch_feeds.ts";
import { responseLength } from "../../src/ppo/sampling.ts";
import { sequenceOf } from "./golden_policy.ts";

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

Deno.test("a batch of two is laid out side by side, its response tokens one behind the other", () => {
  const sequences = [
    sequenceOf({ prompt: [7, 8], response: [9] }),
    sequenceOf({ prompt: [4], response: [5, 6] }),
  ];
  assert.deepEqual(sequenceFeeds(sequences, { batch: 3, length: 4 }), {
    ids: { data: Int32Array.of(7, 8, 9, 0, 4, 5, 6, 0, 0, 0, 0, 0), dims: [12] },
    positions: { data: Int32Array.of(0, 1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 0), dims: [12] },
    rows: { data: Int32Array.of(1, 4, 5), dims: [3] },
    actions: { data: Int32Array.of(9, 5, 6), dims: [3, 1] },
  });
  const third = Math.fround(1 / 3);
  assert.deepEqual(shareFeed(sequences), { data: Float32Array.of(third, third, third), dims: [3] });
});

Deno.test("every response token is asked for at the row before it", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const feeds = sequenceFeeds(sequences, shape);
    const numbers = (name: string) => Array.from(feeds[name]!.data, Number);
    const [ids, positions, rows, actions] = ["ids", "positions", "rows", "actions"].map(numbers);
    let next = 0;
    sequences.forEach((each, i) => {
      for (let place = each.promptLength; place < each.ids.length; place++, next++) {
        const row = rows![next]!;
        assert.equal(Math.floor(row / shape.length), i, "within its own sequence");
        assert.equal(row % shape.length, place - 1);
        assert.equal(positions![row], place - 1);
        assert.equal(ids![row], each.ids[place - 1]);
        assert.equal(actions![next], each.ids[place]);
      }
    });
    assert.equal(rows!.length, next, "and nothing else");
    for (const { data, dims } of Object.values(feeds)) {
      assert.equal(data.length, dims.reduce((product, dim) => product * dim, 1));
    }
  }));
});

Deno.test("what fills up stays within the model's context", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const { positions } = sequenceFeeds(sequences, shape);
    const last = Math.max(...sequences.map(({ ids }) => ids.length)) - 1;
    assert.equal(Math.max(...Array.from(positions!.data, Number)), last);
  }));
});

Deno.test("rows come back as they were laid out", () => {
  fc.assert(fc.property(batch, (sequences) => {
    const rows = rowsFor(sequences);
    const feed = rowFeed(rows);
    assert.deepEqual([...feed.data], rows.flatMap((row) => [...row]));
    assert.deepEqual(feed.dims, [feed.data.length]);
    assert.deepEqual(rowsOf(feed, sequences), rows);
  }));
});

Deno.test("shares are equal over all response tokens and add up to 1", () => {
  fc.assert(fc.property(batch, (sequences) => {
    const tokens = sequences.reduce((sum, each) => sum + responseLength(each), 0);
    const { data, dims } = shareFeed(sequences);
    assert.deepEqual([data.length, dims], [tokens, [tokens]]);
    assert.ok(data.every((share) => share === Math.fround(1 / tokens)));
  }));
});

Deno.test("a shape has room for all and is one of few", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const longest = Math.max(1, ...sequences.map(({ ids }) => ids.length));
    assert.equal(shape.batch, sequences.length + more);
    assert.ok(shape.length >= longest && shape.length < longest + 8 && shape.length % 8 === 0);
  }));
});

Deno.test("the attention of a response on itself is cut out of its sequence's square", () => {
  const sequences = [
    sequenceOf({ prompt: [1], response: [2, 3] }),
    sequenceOf({ prompt: [4, 5, 6], response: [7] }),
    sequenceOf({ prompt: [8], response: [] }),
  ];
  const length = 5;
  // Every weight tells where it stands: sequence, row, column.
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
