/**
 * What a model is given to answer, in short, for tests of methods; and random such answers, for
 * properties that hold of every method.
 *
 * @module
 */

import fc from "fast-check";
import { assignCredit, type PaidOptions } from "../../src/credit/assign.ts";
import type { Answer, CreditMethod } from "../../src/credit/method.ts";
import { defaultOptions } from "../../src/credit/options.ts";
import { type PayChoice, payTokens, type TokenCredit } from "../../src/credit/pay.ts";
import type { Span } from "../../src/text/encoding.ts";
import type { PlacedUnits } from "../../src/text/units.ts";
import { type MeasurementName, measurementNames } from "../../src/engine/measurements/registry.ts";
import type { Query } from "../../src/engine/engine.ts";

/** A completion and what the model says of it. */
export interface Given {
  readonly score: number;
  readonly units: PlacedUnits;
  /** Per completion token; and what belongs to one closing token. */
  readonly attention?: Float64Array;
  readonly closingAttention?: number;
  readonly attribution?: Float64Array;
  readonly closingAttribution?: number;
  /** The score read at each completion token; and at the one prompt token, where there is one. */
  readonly prefixScores?: Float64Array;
  readonly promptScore?: number;
}

/** The longer units of tests have so many tokens. */
export const SENTENCE = 3;

type Inputs = PaidOptions["inputs"];

/** Each unit has what it earned: the choice of tests that are not about pay. */
const plain: PayChoice = { unit: "token", pay: "last" };

/** The completion as methods see it: at most one prompt token, its tokens, one closing token. */
export function inputsOf(given: Given): Inputs {
  const { attention, attribution, prefixScores, promptScore, units } = given;
  const known = attention ?? attribution ?? prefixScores;
  const tokens = known?.length ?? units.parts.at(-1)?.[1] ?? 0;
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
    steps: { ends: [units.count - 1], units: [units.count - 1], reduction: "last" },
    options: { ...defaultOptions, passes: 16 },
    without: (gone) => {
      const rest = ids.filter((_, t) => gone.every(([from, to]) => t < from || t >= to));
      return { ids: rest, pool: [rest.length - 1] };
    },
  };
}

/** The answers to a method's plan: what is given for the completion, and any score for other texts. */
export function answersTo(queries: Iterable<Query>, given: Given): Answer[] {
  const plan = [...queries];
  const { prefixScores, promptScore } = given;
  const scoreAt = [...promptScore === undefined ? [] : [promptScore], ...prefixScores ?? []];
  const rowScores = (plan[0]?.rows ?? []).flatMap((row) => scoreAt[row] ?? []);
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
export function assigned(
  method: CreditMethod,
  given: Given,
  beta: number,
  choice = plain,
): TokenCredit {
  const inputs = inputsOf(given);
  const credit = method.assign(answersTo(method.plan(inputs), given), { inputs, beta });
  return payTokens(credit, given.units, choice);
}

/** The same, checked. */
export function assignedAndChecked(
  method: CreditMethod,
  given: Given,
  beta: number,
): TokenCredit {
  const inputs = inputsOf(given);
  return assignCredit(method, answersTo(method.plan(inputs), given), { inputs, beta });
}

/** Gradients have signs; every other measurement is weights, as attention is. */
function laidOut(name: MeasurementName, given: Given): Answer["measured"] {
  const { promptScore, closingAttention = 0, closingAttribution = 0 } = given;
  if (name === "integrated") return alongPath(given);
  const signed = name === "gradient";
  const own = signed ? given.attribution : given.attention;
  if (own === undefined) return {};
  const prompt = promptScore === undefined ? [] : [0];
  const closing = signed ? closingAttribution : closingAttention;
  return { [name]: Float64Array.of(...prompt, ...own, closing) };
}

/** What the completion's tokens bring, and what all gain: told at the closing token, where the score is read. */
function alongPath(
  { promptScore, attribution, closingAttribution = 0 }: Given,
): Answer["measured"] {
  if (attribution === undefined) return {};
  const prompt = promptScore === undefined ? [] : [0, 0];
  const own = Array.from(attribution).flatMap((each) => [each, 0]);
  const gained = attribution.reduce((total, each) => total + each, closingAttribution);
  return { integrated: Float64Array.of(...prompt, ...own, 0, gained) };
}

/** Scores of every sign and size that a float32 model can give. */
export const score = fc.oneof(
  fc.double({ min: -20, max: 20, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1, 1e-30, -1e-30, 3.4e38, -3.4e38),
);

/** Beta, its ends included. */
export const beta = fc.oneof(fc.constantFrom(0, 0.5, 0.8, 1), fc.double({ min: 0, max: 1 }))
  .filter((value) => !Number.isNaN(value));

/** Every way to pay. */
export const choices: fc.Arbitrary<PayChoice> = fc.record({
  unit: fc.oneof(
    fc.constantFrom("token", "sentence"),
    fc.integer({ min: 1, max: 12 }).map((window) => ({ window })),
  ),
  pay: fc.constantFrom("last", "spread"),
});

/** The tokens themselves as units. */
export function identity(count: number): PlacedUnits {
  return {
    count,
    parts: singles(count),
    paid: singles(count),
    project: (perPart) => perPart.slice(),
  };
}

/** Units of so many tokens each, the last of which may be shorter. */
export function blocks(tokens: number, size = SENTENCE): PlacedUnits {
  const spans = Array.from(
    { length: Math.ceil(tokens / size) },
    (_, k): Span => [k * size, Math.min(tokens, (k + 1) * size)],
  );
  return { ...identity(spans.length), parts: spans, paid: spans };
}

/** Ranges of one place each. */
export function singles(count: number): Span[] {
  return Array.from({ length: count }, (_, at): Span => [at, at + 1]);
}

/** Attention, prefix scores and attributions, for 0 to 40 tokens and as many units or others. */
export const givens: fc.Arbitrary<Given> = fc.integer({ min: 0, max: 40 })
  .chain((tokens) =>
    fc.record({
      score,
      units: fc.oneof(fc.constant(identity(tokens)), projection(tokens), stretches(tokens)),
      attention: weights(tokens).map((row) => row.slice(0, tokens)),
      closingAttention: fc.double({ min: 0, max: 0.2, noNaN: true }),
      prefixScores: scores(tokens),
      promptScore: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      attribution: scores(tokens),
      closingAttribution: fc.double({ min: -1e6, max: 1e6, noNaN: true }),
    })
  );

/** Units of several tokens, some of them paid to a caller's tokens, of which others may be of none. */
function stretches(tokens: number): fc.Arbitrary<PlacedUnits> {
  const sizes = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: tokens, maxLength: tokens });
  return fc.tuple(sizes, sizes, fc.boolean()).map(([parts, paid, closes]) => {
    const spans = rangesOf(parts, tokens);
    // A unit that no token of the model's is part of has a token of the caller's all the same.
    const count = spans.length === 0 ? 0 : spans.length + (closes ? 1 : 0);
    return {
      count,
      parts: spans,
      paid: rangesOf(Array.from({ length: count }, (_, k) => paid[k] ?? 1), Infinity),
      project(perPart, closing) {
        const units = new Float64Array(count);
        units.set(perPart);
        if (closes && count > 0) units[count - 1]! += closing;
        return units;
      },
    };
  });
}

/** Ranges of these sizes, as far as there are places. */
function rangesOf(sizes: readonly number[], places: number): Span[] {
  let at = 0;
  return sizes.flatMap((size): Span[] => {
    const start = at;
    at = Math.min(places, at + size);
    return start < at ? [[start, at]] : [];
  });
}

/** Units that split every token over one or two of them, some with an end-of-sequence unit. */
function projection(tokens: number): fc.Arbitrary<PlacedUnits> {
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
): PlacedUnits {
  return {
    count,
    parts: singles(splits.length),
    paid: singles(count),
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
