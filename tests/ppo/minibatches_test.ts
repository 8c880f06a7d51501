import assert from "node:assert/strict";
import fc from "fast-check";
import { minibatches } from "../../src/ppo/minibatches.ts";
import { randomStream } from "../../src/ppo/math/random.ts";

const stream = (seed = 0) => randomStream({ seed, step: 0, purpose: "minibatches" });
const cut = fc.integer({ min: 1, max: 200 })
  .chain((count) =>
    fc.record({ count: fc.constant(count), parts: fc.integer({ min: 1, max: count }) })
  );

Deno.test("every index stands in exactly one minibatch", () => {
  fc.assert(fc.property(cut, fc.integer(), ({ count, parts }, seed) => {
    const found = minibatches(stream(seed), { count, parts });
    assert.equal(found.length, parts);
    const indices = found.flat().toSorted((a, b) => a - b);
    assert.deepEqual(indices, Array.from({ length: count }, (_, index) => index));
  }));
});

Deno.test("sizes differ by at most one, the larger ones first", () => {
  fc.assert(fc.property(cut, ({ count, parts }) => {
    const sizes = minibatches(stream(), { count, parts }).map(({ length }) => length);
    assert.ok(sizes[0]! - sizes.at(-1)! <= 1 && sizes.at(-1)! > 0);
    assert.deepEqual(sizes, sizes.toSorted((a, b) => b - a));
  }));
  const sizes = (parts: number) =>
    minibatches(stream(), { count: 14, parts }).map(({ length }) => length);
  assert.deepEqual(sizes(4), [4, 4, 3, 3]);
  assert.deepEqual(sizes(7), [2, 2, 2, 2, 2, 2, 2]);
});

Deno.test("the next epoch is cut another way, and the same stream the same way again", () => {
  const random = stream();
  const [first, second] = [1, 2].map(() => minibatches(random, { count: 32, parts: 4 }));
  assert.notDeepEqual(first, second);
  assert.deepEqual(minibatches(stream(), { count: 32, parts: 4 }), first);
});

Deno.test("an index can come to stand in any minibatch", () => {
  const random = stream();
  const places = new Set<number>();
  for (let epoch = 0; epoch < 100; epoch++) {
    const parts = minibatches(random, { count: 8, parts: 4 });
    places.add(parts.findIndex((part) => part.includes(0)));
  }
  assert.deepEqual([...places].toSorted(), [0, 1, 2, 3]);
});

Deno.test("an empty minibatch is a mistake of the program", () => {
  for (
    const [count, parts] of [[3, 4], [0, 1], [3, 0], [3, -1], [3, 1.5], [2.5, 1], [3, NaN]] as const
  ) assert.throws(() => minibatches(stream(), { count, parts }), RangeError);
});
