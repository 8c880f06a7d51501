import assert from "node:assert/strict";
import fc from "fast-check";
import { scaleOf, strengthOf, valueAt } from "../../src/page/scale.js";

Deno.test("the scale reaches to the largest magnitude of all completions", () => {
  assert.deepEqual(scaleOf([[1, -3], [2]], "linear"), { kind: "linear", most: 3 });
});

Deno.test("nothing to show has no colour", () => {
  const scale = scaleOf([[], [0, 0]], "root");
  assert.deepEqual([scale.most, strengthOf(0, scale), valueAt(1, scale)], [0, 0, 0]);
});

Deno.test("strength grows with the magnitude, is 0 at 0 and 1 at the largest, and the legend inverts it", () => {
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1 }),
      fc.constantFrom("linear", "root"),
      (values, kind) => {
        const scale = scaleOf([values], kind as "linear" | "root");
        fc.pre(scale.most > 1e-300);
        const ordered = values.toSorted((a, b) => Math.abs(a) - Math.abs(b));
        const strengths = ordered.map((value) => strengthOf(value, scale));
        assert.equal(strengths.at(-1), 1);
        assert.deepEqual(strengths, strengths.toSorted((a, b) => a - b));
        for (const [i, strength] of strengths.entries()) {
          const back = valueAt(strength, scale);
          assert.ok(Math.abs(back - Math.abs(ordered[i] ?? NaN)) <= 1e-9 * scale.most);
        }
      },
    ),
  );
});

Deno.test("the root lets small rewards be seen", () => {
  assert.equal(strengthOf(-0.25, { kind: "root", most: 1 }), 0.5);
  assert.equal(strengthOf(-0.25, { kind: "linear", most: 1 }), 0.25);
});
