/**
 * What a model is given to answer, in short, for tests of methods; and random such answers, for
 * properties that hold of every method.
 *
 * @module
 */

import fc from "fast-check";
import { assignCredit } from "../../src/credit/assign.ts";
import type { Answer, Credit, CreditInputs, CreditMethod, Units } from "../../src/credit/method.ts";
import { type MeasurementName, measurementNames } from "../../src/engine/measurements/registry.ts";
import type { Query } from "../../src/engine/engine.ts";

/** A completion and what the model says of it. */
export interface Given {
  readonly score: number;
  readonly units: Units;
  /** Per completion token; and what belongs to one closing token. */
  readonly attention?: Float64Array;
  readonly closingAttention?: number;
  readonly attribution?: Float64Array;
  readonly closingAttribution?: number;
  /** The score read at each completion token; and at the one prompt token, where there is one. */
  readonly prefixScores?: Float64Array;
  readonly promptScore?: number;
}

/** Sentences of tests have so many tokens. */
export const SENTENCE = 3;

/** The completion as methods see it: at most one prompt token, its tokens, one closing token. */
export function inputsOf(given: Given): CreditInputs {
  const { attention, attribution, prefixScores, promptScore, units } = given;
  const tokens = (attention ?? attribution ?? prefixScores)?.length ?? units.count;
  const start = promptScore === undefined ? 0 : 1;
  const end = start + tokens;
  const ids = Int32Array.from({ length: end + 1 }, (_, t) => 10 + t);
  return {
    ids,
    pool: [end],
    completion: [start, end],
    closing: [end, end + 1],
    units,
    // One step, which is all of the completion.
    steps: { places: [units.count - 1], reduction: "last" },
    sentences: () =>
      Array.from({ length: Math.ceil(tokens / SENTENCE) }, (_, k) => [
        k * SENTENCE,
        Math.min(tokens, (k + 1) * SENTENCE),
      ]),
    without: ([from, to]) => {
      const rest = ids.filter((_, t) => t < from || t >= to);
      return { ids: rest, pool: [rest.length - 1] };
    },
  };
}

/** The answers to a method's plan: what is given for the completion, and any score for other texts. */
export function answersTo(plan: readonly Query[], given: Given): Answer[] {
  const { prefixScores, promptScore } = given;
  const rowScores = [...promptScore === undefined ? [] : [promptScore], ...prefixScores ?? []];
  const measured = Object.assign({}, ...measurementNames.map((name) => laidOut(name, given)));
  return plan.map(({ ids }, i) =>
    i === 0
      ? {
        score: given.score,
        stepScores: Float64Array.of(given.score),
        rowScores: Float64Array.from(rowScores),
        measured,
      }
      : { score: otherScore(ids), rowScores: new Float64Array(), measured: {} }
  );
}

/** Any score, which the ids of a text decide. */
export function otherScore(ids: Int32Array): number {
  return ids.reduce((state, id, t) => (7 * state + id * (t + 1)) % 1_009, 1) / 100 - 5;
}

/** What a method assigns. */
export function assigned(method: CreditMethod, given: Given, beta: number): Credit {
  const inputs = inputsOf(given);
  return method.assign(answersTo(method.plan(inputs), given), { inputs, beta });
}

/** The same, checked. */
export function assignedAndChecked(method: CreditMethod, given: Given, beta: number): Credit {
  const inputs = inputsOf(given);
  return assignCredit(method, answersTo(method.plan(inputs), given), { inputs, beta });
}

/** The gradient has signs; every other measurement is weights, as attention is. */
function laidOut(name: MeasurementName, given: Given): Answer["measured"] {
  const { promptScore, closingAttention = 0, closingAttribution = 0 } = given;
  const signed = name === "gradient";
  const own = signed ? given.attribution : given.attention;
  if (own === undefined) return {};
  const prompt = promptScore === undefined ? [] : [0];
  const closing = signed ? closingAttribution : closingAttention;
  return { [name]: Float64Array.of(...prompt, ...own, closing) };
}

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

/** Attention, prefix scores and attributions, for 0 to 40 tokens and as many units or others. */
export const givens: fc.Arbitrary<Given> = fc.integer({ min: 0, max: 40 })
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
