/** Random inputs and random units, for properties that hold of every method. */

import fc from "fast-check";
import type { CreditInputs, Units } from "../../src/credit/method.ts";

/** Scores of every sign and size that a float32 model can give. */
export const score = fc.oneof(
  fc.double({ min: -20, max: 20, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 1e-30, -1e-30, 3.4e38, -3.4e38),
);

/** Beta, its ends included. */
export const beta = fc.oneof(fc.constantFrom(0, 0.5, 0.8, 1), fc.double({ min: 0, max: 1 }))
  .filter((value) => !Number.isNaN(value));

/** The tokens themselves as units. */
export function identity(count: number): Units {
  return { count, project: (perToken) => perToken.slice() };
}

/** CreditInputs with attention, prefix scores and attributions, for 0 to 40 tokens and as many units or others. */
export const inputs: fc.Arbitrary<CreditInputs> = fc.integer({ min: 0, max: 40 })
  .chain((tokens) =>
    fc.record({
      score,
      units: fc.oneof(fc.constant(identity(tokens)), projection(tokens)),
      attention: weights(tokens).map((row) => row.slice(0, tokens)),
      closingAttention: fc.double({ min: 0, max: 0.2, noNaN: true }),
      prefixScores: scores(tokens),
      promptScore: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      attribution: scores(tokens),
      closingAttribution: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    })
  );

/** Units that split every token over one or two of them, some with an end-of-sequence unit. */
function projection(tokens: number): fc.Arbitrary<Units> {
  const counts = fc.integer({ min: tokens === 0 ? 0 : 1, max: 12 });
  return fc.tuple(counts, fc.boolean()).chain(([count, closes]) =>
    fc.array(fc.tuple(fc.nat(), fc.nat(), fc.double({ min: 0, max: 1, noNaN: true })), {
      minLength: tokens,
      maxLength: tokens,
    }).map((splits) => splittingUnits(splits, { count, closes }))
  );
}

function splittingUnits(
  splits: readonly (readonly [number, number, number])[],
  { count, closes }: { count: number; closes: boolean },
): Units {
  return {
    count,
    project(perToken, closing) {
      const units = new Float64Array(count);
      for (const [t, [one, other, part]] of splits.entries()) {
        units[one % count]! += part * perToken[t]!;
        units[other % count]! += (1 - part) * perToken[t]!;
      }
      if (closes && count > 0) units[count - 1]! += closing;
      return units;
    },
  };
}

/** What a softmax over the tokens and three others leaves on each. */
function weights(tokens: number): fc.Arbitrary<Float64Array> {
  const logits = fc.double({ min: -30, max: 30, noNaN: true });
  return fc.array(logits, { minLength: tokens + 3, maxLength: tokens + 3 }).map((values) => {
    const largest = Math.max(...values);
    const exponentials = Float64Array.from(values, (value) => Math.exp(value - largest));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    return exponentials.map((value) => Math.fround(value / total));
  });
}

function scores(tokens: number): fc.Arbitrary<Float64Array> {
  const value = fc.double({ min: -1e6, max: 1e6, noNaN: true });
  return fc.array(value, { minLength: tokens, maxLength: tokens }).map((v) => Float64Array.from(v));
}
