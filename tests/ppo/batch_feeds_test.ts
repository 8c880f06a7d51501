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

Deno.test("a batch of two is laid out side by side", () => {
  const sequences = [
    sequenceOf({ prompt: [7, 8], response: [9] }),
    sequenceOf({ prompt: [4], response: [5, 6] }),
  ];
  const shape = { batch: 3, length: 4, responses: 2 };
  assert.deepEqual(sequenceFeeds(sequences, shape), {
    ids: { data: Int32Array.of(7, 8, 9, 0, 4, 5, 6, 0, 0, 0, 0, 0), dims: [12] },
    positions: { data: Int32Array.of(0, 1, 2, 0, 0, 1, 2, 0, 0, 0, 0, 0), dims: [12] },
    rows: { data: Int32Array.of(1, 0, 4, 5, 0, 0), dims: [6] },
    actions: { data: Int32Array.of(9, 0, 5, 6, 0, 0), dims: [6, 1] },
  });
  assert.deepEqual(shareFeed(sequences, shape), {
    data: Float32Array.of(1 / 3, 0, 1 / 3, 1 / 3, 0, 0),
    dims: [6],
  });
});

Deno.test("every response token is asked for at the row before it", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const feeds = sequenceFeeds(sequences, shape);
    sequences.forEach((each, i) => {
      for (let t = 0; t < responseLength(each); t++) {
        const row = Number(feeds["rows"]!.data[i * shape.responses + t]);
        assert.equal(Math.floor(row / shape.length), i, "within its own sequence");
        const place = row % shape.length;
        assert.equal(place, each.promptLength + t - 1);
        assert.equal(feeds["positions"]!.data[row], place);
        assert.equal(feeds["ids"]!.data[row], each.ids[place]);
        assert.equal(feeds["actions"]!.data[i * shape.responses + t], each.ids[place + 1]);
      }
    });
    const last = Math.max(...sequences.map(({ ids }) => ids.length)) - 1;
    const positions = Array.from(feeds["positions"]!.data, Number);
    assert.equal(Math.max(...positions), last, "what fills up may not leave the model's context");
    for (const { data, dims } of Object.values(feeds)) {
      assert.equal(data.length, dims.reduce((product, dim) => product * dim, 1));
    }
  }));
});

Deno.test("rows come back as they were laid out, whatever fills the batch up", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    const rows = rowsFor(sequences);
    const feed = rowFeed(rows, shape);
    assert.deepEqual(rowsOf(feed, sequences, shape), rows);
    const total = (numbers: Iterable<number>) => [...numbers].reduce((sum, each) => sum + each, 0);
    const gap = total(feed.data as Float32Array) - rows.reduce((sum, row) => sum + total(row), 0);
    assert.ok(Math.abs(gap) < 1e-3, "what fills up is 0");
  }));
});

Deno.test("shares are equal over all response tokens and add up to 1", () => {
  fc.assert(fc.property(batch, (sequences) => {
    const tokens = sequences.reduce((sum, each) => sum + responseLength(each), 0);
    fc.pre(tokens > 0);
    const shares = shareFeed(sequences, shapeFor(sequences, sequences.length)).data as Float32Array;
    const some = shares.filter((share) => share > 0);
    assert.equal(some.length, tokens);
    assert.ok(some.every((share) => share === Math.fround(1 / tokens)));
  }));
});

Deno.test("a shape has room for all and is one of few", () => {
  fc.assert(fc.property(batch, room, (sequences, more) => {
    const shape = shapeFor(sequences, sequences.length + more);
    assert.equal(shape.batch, sequences.length + more);
    for (
      const [room, needed] of [
        [shape.length, Math.max(...sequences.map(({ ids }) => ids.length))],
        [shape.responses, Math.max(...sequences.map(responseLength))],
      ] as const
    ) {
      assert.ok(room >= Math.max(1, needed) && room % 8 === 0 && room < needed + 8 + 1);
    }
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
  assert.deepEqual(responseAttention(feed, sequences, { batch: 3, length, responses: 2 }), [
    Float64Array.of(11, 12, 21, 22),
    Float64Array.of(133),
    new Float64Array(),
  ]);
});
