import assert from "node:assert/strict";
import fc from "fast-check";
import { fillUniform, integerBelow, randomStream, shuffle } from "../../../src/ppo/math/random.ts";
import golden from "../../golden/ppo.json" with { type: "json" };

const name = fc.record({
  seed: fc.maxSafeInteger(),
  step: fc.maxSafeInteger(),
  purpose: fc.string({ unit: "binary" }),
});

Deno.test("streams match the published algorithm on 64-bit integers", () => {
  for (const { seed, step, purpose, uniform, bounds, below, shuffled } of golden.random_streams) {
    const stream = () => randomStream({ seed, step, purpose });
    const drawn = fillUniform(stream(), new Float32Array(uniform.length));
    assert.deepEqual([...drawn], uniform);
    const integers = stream();
    assert.deepEqual(bounds.map((bound) => integerBelow(integers, bound)), below);
    assert.deepEqual(shuffle(stream(), [...shuffled.keys()]), shuffled);
  }
});

Deno.test("the same name gives the same numbers, in one piece or in several", () => {
  fc.assert(fc.property(name, (each) => {
    const whole = fillUniform(randomStream(each), new Float32Array(20));
    const stream = randomStream(each);
    const pieces = [7, 0, 13].flatMap((size) => [...fillUniform(stream, new Float32Array(size))]);
    assert.deepEqual(pieces, [...whole]);
  }));
});

Deno.test("another seed, step or purpose gives other numbers", () => {
  fc.assert(fc.property(name, name, (one, other) => {
    for (const key of ["seed", "step", "purpose"] as const) {
      if (one[key] === other[key]) continue;
      const streams = [one, { ...one, [key]: other[key] }].map(randomStream);
      const [drawn, otherDrawn] = streams.map((each) => fillUniform(each, new Float32Array(8)));
      assert.notDeepEqual(drawn, otherDrawn);
    }
  }));
});

Deno.test("neighbouring streams are not correlated", () => {
  const names = [
    { seed: 1, step: 5, purpose: "sampling" },
    { seed: 2, step: 5, purpose: "sampling" },
    { seed: 1, step: 6, purpose: "sampling" },
    { seed: 1, step: 5, purpose: "minibatches" },
  ];
  const size = 20_000;
  const drawn = names.map((each) => fillUniform(randomStream(each), new Float32Array(size)));
  for (const [i, one] of drawn.entries()) {
    for (const other of drawn.slice(i + 1)) {
      const covariance = one.reduce((sum, u, k) => sum + (u - 0.5) * (other[k]! - 0.5), 0) / size;
      // Five standard deviations of what independent numbers show.
      assert.ok(Math.abs(covariance) < 5 / 12 / Math.sqrt(size), `${covariance}`);
    }
  }
});

Deno.test("uniform numbers are multiples of 2^-23 from 0 to below 1, and evenly spread", () => {
  const size = 200_000;
  const stream = randomStream({ seed: 3, step: 0, purpose: "sampling" });
  const into = new Float32Array(size);
  const drawn = fillUniform(stream, into);
  assert.equal(drawn, into);
  const bins = new Array(16).fill(0);
  for (const u of drawn) {
    if (!(u >= 0 && u <= 1 - 2 ** -23 && Number.isInteger(u * 2 ** 23))) assert.fail(`${u}`);
    bins[Math.floor(u * 16)]++;
  }
  assert.ok(chiSquare(bins, size) < 37.7, "beyond the 99.9th percentile of 15 degrees of freedom");
});

Deno.test("the smallest and largest outputs of a generator map to 0 and below 1", () => {
  const constant = (value: number) => ({
    next: () => value,
    clone: () => constant(value),
    getState: () => [],
  });
  const [low, high] = [0, -1].map((bits) => fillUniform(constant(bits), new Float32Array(1))[0]!);
  assert.deepEqual([low, high], [0, 1 - 2 ** -23]);
});

Deno.test("integers below a bound are equally likely, also if it is not a power of two", () => {
  const [bound, size] = [12, 60_000];
  const stream = randomStream({ seed: 4, step: 0, purpose: "minibatches" });
  const bins = new Array(bound).fill(0);
  for (let i = 0; i < size; i++) bins[integerBelow(stream, bound)]++;
  assert.ok(chiSquare(bins, size) < 31.3, "beyond the 99.9th percentile of 11 degrees of freedom");
});

Deno.test("large bounds do not favour small integers", () => {
  // Taking the remainder alone would put two thirds of the numbers into the lower half.
  const stream = randomStream({ seed: 5, step: 0, purpose: "test" });
  const bound = 3 * 2 ** 30;
  let lower = 0;
  for (let i = 0; i < 10_000; i++) if (integerBelow(stream, bound) < bound / 2) lower++;
  assert.ok(Math.abs(lower - 5000) < 250, `${lower}`);
});

Deno.test("a shuffle is a permutation in a new array", () => {
  fc.assert(fc.property(name, fc.array(fc.integer()), (each, items) => {
    const before = [...items];
    const shuffled = shuffle(randomStream(each), items);
    assert.deepEqual(items, before);
    assert.deepEqual(shuffled.toSorted(), items.toSorted());
  }));
});

Deno.test("all orders of a shuffle are equally likely", () => {
  const size = 24_000;
  const stream = randomStream({ seed: 6, step: 0, purpose: "test" });
  const counts = new Map<string, number>();
  for (let i = 0; i < size; i++) {
    const order = shuffle(stream, ["a", "b", "c", "d"]).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.equal(counts.size, 24);
  assert.ok(chiSquare([...counts.values()], size) < 49.8, "the 99.9th percentile of 23 degrees");
});

Deno.test("invalid stream names and bounds are refused", () => {
  const random = randomStream({ seed: 0, step: 0, purpose: "" });
  for (const wrong of [0.5, NaN, Infinity, 2 ** 53]) {
    assert.throws(() => randomStream({ seed: wrong, step: 0, purpose: "" }), RangeError);
    assert.throws(() => randomStream({ seed: 0, step: wrong, purpose: "" }), RangeError);
    assert.throws(() => integerBelow(random, wrong), RangeError);
  }
  for (const wrong of [0, -1, 2 ** 32 + 1]) {
    assert.throws(() => integerBelow(random, wrong), RangeError);
  }
});

function chiSquare(bins: readonly number[], size: number): number {
  const expected = size / bins.length;
  return bins.reduce((sum, bin) => sum + (bin - expected) ** 2 / expected, 0);
}
