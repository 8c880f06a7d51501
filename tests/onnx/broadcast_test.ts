import assert from "node:assert/strict";
import fc from "fast-check";
import { agreed, agreedShape, axisOf, broadcast, size, sum } from "../../src/onnx/broadcast.ts";
import { type Dim, type Shape, UNKNOWN } from "../../src/onnx/value.ts";

const names = ["tokens", "queries", "heads"];
const dims: fc.Arbitrary<Dim> = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 0, max: 4 }));
const shapes = fc.array(dims, { maxLength: 4 });
const extents = fc.record({
  tokens: fc.integer({ min: 0, max: 4 }),
  queries: fc.integer({ min: 0, max: 4 }),
  heads: fc.integer({ min: 0, max: 4 }),
}) as fc.Arbitrary<Record<string, number>>;
const given = (shape: Shape, known: Record<string, number>) =>
  shape.map((dim) => typeof dim === "string" ? known[dim]! : dim);

Deno.test("broadcasting follows numpy's rule", () => {
  const cases: [Shape, Shape, Shape | undefined][] = [
    [[], [], []],
    [[], [2, 3], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [[2, 1], [1, 3], [2, 3]],
    [[2, 3], [3, 3], undefined],
    [[2], [3], undefined],
    [[0], [1], [0]],
    [[0], [2], undefined],
    [["tokens", 1], [5], ["tokens", 5]],
    [["tokens"], ["tokens"], ["tokens"]],
    [["tokens"], ["queries"], undefined],
    [["tokens"], [5], [5]],
    [[UNKNOWN], ["tokens"], [UNKNOWN]],
    [[UNKNOWN], [5], [5]],
    [[UNKNOWN], [1], [UNKNOWN]],
    [[UNKNOWN], [UNKNOWN], [UNKNOWN]],
  ];
  for (const [a, b, expected] of cases) {
    assert.deepEqual(broadcast(a, b), expected, `[${a}] with [${b}]`);
    assert.deepEqual(broadcast(b, a), expected, `[${b}] with [${a}]`);
  }
});

Deno.test("broadcasting is associative, and a scalar leaves every shape alone", () => {
  const numbers = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 });
  fc.assert(fc.property(numbers, numbers, numbers, (a, b, c) => {
    const left = broadcast(a, b);
    const right = broadcast(b, c);
    if (left !== undefined && right !== undefined) {
      assert.deepEqual(broadcast(left, c), broadcast(a, right));
    }
    assert.deepEqual(broadcast(a, []), a);
  }));
});

Deno.test("a broadcast of names turns out right, whatever numbers the names turn out to be", () => {
  fc.assert(fc.property(shapes, shapes, extents, (a, b, known) => {
    const [found, real] = [broadcast(a, b), broadcast(given(a, known), given(b, known))];
    if (found !== undefined && real !== undefined) assert.deepEqual(given(found, known), real);
  }));
});

Deno.test("of two extents that must be the same, the better known one is kept", () => {
  const cases: [Dim, Dim, Dim | undefined][] = [
    [2, 2, 2],
    [2, 3, undefined],
    ["tokens", 2, 2],
    [2, "tokens", 2],
    ["tokens", UNKNOWN, "tokens"],
    [UNKNOWN, "tokens", "tokens"],
    ["tokens", "queries", undefined],
    [UNKNOWN, UNKNOWN, UNKNOWN],
  ];
  for (const [a, b, expected] of cases) assert.equal(agreed(a, b), expected, `${a} and ${b}`);
  assert.deepEqual(agreedShape([2, "tokens"], ["heads", UNKNOWN]), [2, "tokens"]);
  assert.equal(agreedShape([2], [2, 1]), undefined);
  assert.equal(agreedShape([2, "tokens"], [2, "queries"]), undefined);
});

Deno.test("a size is a number times names", () => {
  assert.deepEqual(size([2, "tokens", 3, "heads"]), { known: 6, names: ["heads", "tokens"] });
  assert.deepEqual(size([]), { known: 1, names: [] });
  assert.deepEqual(size(["tokens", 0]), { known: 0, names: [] });
});

Deno.test("sums of extents are numbers where all are known, else readable", () => {
  assert.equal(sum([1, 2, 3]), 6);
  assert.equal(sum(["prefix", "keys"]), "prefix+keys");
  assert.equal(sum(["tokens", 2, -1]), "tokens+1");
  assert.equal(sum(["tokens", -2]), "tokens-2");
  assert.equal(sum(["tokens", 1, -1]), "tokens");
  assert.equal(sum(["tokens", UNKNOWN]), UNKNOWN);
  assert.equal(sum([]), 0);
});

Deno.test("axes count from the front or from the end", () => {
  assert.deepEqual([0, 2, -1, -3].map((axis) => axisOf(axis, 3)), [0, 2, 2, 0]);
  for (const axis of [3, -4, 0.5, NaN]) {
    assert.throws(() => axisOf(axis, 3), {
      name: "TypeError",
      message: `Cannot use an axis that is not there: received ${axis} at rank 3`,
    });
  }
});
