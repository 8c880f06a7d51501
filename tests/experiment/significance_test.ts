import assert from "node:assert/strict";
import fc from "fast-check";
import { estimate, holm, pairedTest } from "../../experiment/significance.ts";

/** Numbers of scipy 1.x: stats.ttest_rel, stats.wilcoxon(method="exact"), stats.t.interval. */
const first = [2.1, 2.5, 2.2, 2.9, 3.1, 2.4, 2.8, 2.6];
const second = [2.0, 2.1, 2.3, 2.2, 2.6, 2.5, 2.1, 2.2];

Deno.test("a paired comparison as scipy makes it", () => {
  const { difference, tP, above } = pairedTest(first, second);
  close(difference.mean, 0.325);
  close(difference.sd, 0.3240370349203928);
  close(difference.low, 0.05409825942369423);
  close(difference.high, 0.5959017405763056);
  close(tP, 0.025158548334988644);
  assert.equal(above, 6);
});

Deno.test("signed ranks without ties as scipy's exact test", () => {
  const { wilcoxonP, tP } = pairedTest([5, 1, 4, 2, 8, 9, 3], [4.5, 2, 2.5, 0, 4, 3, 3.25]);
  assert.equal(wilcoxonP, 0.109375);
  close(tP, 0.09794441125855836);
});

Deno.test("with ties the patterns of signs are still gone through exactly", () => {
  // Ranks 1.5, 1.5 and 3: of eight patterns the two with all signs alike are as extreme.
  assert.equal(pairedTest([1, 1, 2], [0, 0, 0]).wilcoxonP, 2 / 8);
  // Ranks 2, 2, 2 and -4.5, -4.5 add up to -3; of 32 patterns 4 + 16 are no nearer to 0.
  assert.equal(pairedTest([1, 1, 1, -3, -3], Array(5).fill(0)).wilcoxonP, 20 / 32);
  // Differences of nothing are left out: one rank, and both its signs are as extreme.
  assert.equal(pairedTest([0, 0, 1], [0, 0, 0]).wilcoxonP, 1);
});

Deno.test("five pairs cannot give less than 0.0625, ten can", () => {
  const up = (n: number) =>
    pairedTest(Array.from({ length: n }, (_, at) => at + 1), Array(n).fill(0));
  assert.equal(up(5).wilcoxonP, 0.0625);
  assert.equal(up(10).wilcoxonP, 2 / 1024);
});

Deno.test("turning a comparison round turns its sign and nothing else", () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number), { minLength: 2, maxLength: 8 }), (pairs) => {
      const [ours, theirs] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
      const [there, back] = [pairedTest(ours, theirs), pairedTest(theirs, ours)];
      close(there.tP, back.tP);
      assert.equal(there.wilcoxonP, back.wilcoxonP);
      close(there.difference.mean, -back.difference.mean);
    }),
  );
});

Deno.test("what cannot be known is no number, and what is certain is certain", () => {
  assert.ok(Number.isNaN(estimate([1]).high));
  assert.ok(Number.isNaN(pairedTest([1], [0]).tP));
  assert.equal(pairedTest([1, 1], [0, 0]).tP, 0);
  assert.equal(pairedTest([1, 2], [1, 2]).tP, 1);
  assert.throws(() => pairedTest([1], []), RangeError);
});

Deno.test("Holm: the textbook example, order kept, never below what it was", () => {
  assert.deepEqual(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02]);
  assert.deepEqual(holm([0.5, NaN, 0.9]), [1, NaN, 1]);
  const ps = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 });
  fc.assert(fc.property(ps, (raw) => {
    holm(raw).forEach((p, at) => assert.ok(p >= raw[at]! && p <= 1));
  }));
});

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-7 * Math.max(1, Math.abs(expected)), `${actual}`);
}
