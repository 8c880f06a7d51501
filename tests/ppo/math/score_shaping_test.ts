import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type ScoredCredit,
  type ScoreShaping,
  shapeCredit,
} from "../../../src/ppo/math/score_shaping.ts";
import { assertNear, assertRowsNear } from "./arbitrary_rows.ts";

const row = (...numbers: number[]) => Float64Array.from(numbers);
const nothing: ScoreShaping = { center: false, scale: false, clip: Infinity, missingEndPenalty: 0 };

/** The rewards of tokens alone. */
const rowsOf = (...given: Parameters<typeof shapeCredit>) =>
  shapeCredit(...given).map(({ credit }) => credit);

/** Scores 6, 2 and -2: a mean of 2 and a deviation of 4. */
const batch = [
  { score: 6, credit: row(2, 1, 3), ended: true },
  { score: 2, credit: row(2), ended: false },
  { score: -2, credit: row(-1, -1), ended: true },
];

Deno.test("without shaping rewards stay as they are, bit for bit", () => {
  for (const shares of [true, false]) {
    const found = rowsOf(batch, nothing, { shares });
    assert.deepEqual(found, batch.map(({ credit }) => credit));
    assert.notEqual(found[0], batch[0]!.credit);
  }
});

Deno.test("shares of a centred and scaled score are the shares of the score", () => {
  const centred = rowsOf(batch, { ...nothing, center: true }, { shares: true });
  assertRowsNear(centred, [[4 / 3, 2 / 3, 2], [0], [-2, -2]]);
  const scaled = rowsOf(batch, { ...nothing, center: true, scale: true }, { shares: true });
  assertRowsNear(scaled, [[1 / 3, 1 / 6, 1 / 2], [0], [-0.5, -0.5]], 1e-8);
});

Deno.test("rewards that are no shares keep their differences, and the last token pays the rest", () => {
  const found = rowsOf(batch, { ...nothing, center: true }, { shares: false });
  assertRowsNear(found, [[2, 1, 1], [0], [-1, -3]]);
});

Deno.test("a score beyond the limit is the limit", () => {
  const shaping = { ...nothing, clip: 3 };
  assertRowsNear(rowsOf(batch, shaping, { shares: true }), [[1, 0.5, 1.5], [2], [-1, -1]]);
  assertRowsNear(rowsOf(batch, shaping, { shares: false }), [[2, 1, 0], [2], [-1, -1]]);
});

Deno.test("a completion that was cut off pays on its last token", () => {
  const shaping = { ...nothing, missingEndPenalty: 1.5 };
  assertRowsNear(rowsOf(batch, shaping, { shares: true }), [[2, 1, 3], [0.5], [-1, -1]]);
});

Deno.test("rewards add up to the shaped score less what they left out of it, and equal scores are finite", () => {
  const number = fc.double({ min: -20, max: 20, noNaN: true });
  const scored = fc.record({ score: number, credit: fc.array(number, { minLength: 1 }) });
  fc.assert(fc.property(fc.array(scored, { minLength: 1 }), fc.boolean(), (drawn, shares) => {
    // Shares add up to the score.
    const completions = drawn.map(({ score, credit }) => {
      const sum = credit.reduce((a, b) => a + b, 0);
      const shared = credit.map((each) =>
        Math.abs(sum) < 1e-3 ? score / credit.length : each * score / sum
      );
      return { score, credit: Float64Array.from(shares ? shared : credit), ended: true };
    });
    const found = rowsOf(completions, { ...nothing, center: true }, { shares });
    const mean = completions.reduce((sum, { score }) => sum + score, 0) / completions.length;
    for (const [i, { credit }] of completions.entries()) {
      const [before, after] = [credit, found[i]!].map((each) => each.reduce((a, b) => a + b, 0));
      assertNear([after!], [before! - mean], 1e-7);
    }
  }));
  const equal = [1, 2].map(() => ({ score: 3, credit: row(3), ended: true }));
  const scaled = { ...nothing, scale: true };
  assertRowsNear(rowsOf(equal, scaled, { shares: true }), [[3], [3]]);
  const centred = { ...scaled, center: true };
  assertRowsNear(rowsOf(equal, centred, { shares: true }), [[0], [0]]);
});

const score = fc.double({ min: -20, max: 20, noNaN: true });
const scored = fc.record({
  score,
  credit: fc.array(score, { minLength: 1, maxLength: 5 }).map((each) => Float64Array.from(each)),
  ended: fc.boolean(),
});
const anyShaping: fc.Arbitrary<ScoreShaping> = fc.record({
  center: fc.boolean(),
  scale: fc.boolean(),
  clip: fc.constantFrom(1, 3, Infinity),
  missingEndPenalty: fc.constantFrom(0, 1.5),
});

Deno.test("rewards and what no token has add up to the shaped score, whatever part of it was given", () => {
  const total = (row: Float64Array) => row.reduce((a, b) => a + b, 0);
  fc.assert(fc.property(fc.array(scored, { minLength: 1 }), anyShaping, (drawn, shaping) => {
    // All of the score on one token, which leaves nothing out.
    const whole = drawn.map((each): ScoredCredit => ({ ...each, credit: row(each.score) }));
    const shapedScores = rowsOf(whole, shaping, { shares: false }).map(total);
    const found = shapeCredit(drawn, shaping, { shares: false });
    // Scores that hardly differ are divided by their deviation.
    for (const [i, { credit, offset }] of found.entries()) {
      const near = 1e-9 * (1 + Math.abs(offset) + total(credit.map(Math.abs)));
      assert.ok(Math.abs(total(credit) + offset - shapedScores[i]!) < near);
    }
  }));
});

Deno.test("without shaping what no token has is the score less the rewards, bit for bit", () => {
  fc.assert(fc.property(fc.array(scored, { minLength: 1 }), fc.boolean(), (drawn, shares) => {
    for (const [i, { offset }] of shapeCredit(drawn, nothing, { shares }).entries()) {
      const { score, credit } = drawn[i]!;
      assert.equal(offset, score - credit.reduce((a, b) => a + b, 0));
    }
  }));
});
