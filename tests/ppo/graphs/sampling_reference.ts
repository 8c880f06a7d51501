/**
 * A reference for sampling in plain numbers, in double precision, and the statistics for comparing many
 * samples with it.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { SamplingRule } from "../../../src/ppo/graphs/token_sampling.ts";

/** The probabilities of tokens, given logits divided by the temperature. */
export function probabilitiesOf(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}

/** The probabilities of tokens under a rule: first top-k, then top-p of those. */
export function ruledProbabilities(
  logits: readonly number[],
  { topK, topP }: Pick<SamplingRule, "topK" | "topP">,
): number[] {
  const byLogit = logits.map((_, id) => id).toSorted((a, b) => logits[b]! - logits[a]!);
  const few = keepOnly(logits, byLogit.slice(0, topK === 0 ? logits.length : topK));
  const probabilities = probabilitiesOf(few);
  const nucleus: number[] = [];
  let mass = 0;
  for (const id of byLogit) {
    nucleus.push(id);
    mass += probabilities[id]!;
    if (mass >= topP) break;
  }
  return probabilitiesOf(keepOnly(few, nucleus));
}

function keepOnly(logits: readonly number[], ids: readonly number[]): number[] {
  return logits.map((logit, id) => ids.includes(id) ? logit : -Infinity);
}

/** Cumulative sums of probabilities: a uniform number below the first samples token 0, and so on. */
export function boundaries(probabilities: readonly number[]): number[] {
  let sum = 0;
  return probabilities.map((probability) => sum += probability);
}

/** The token that a uniform number samples by inversion. */
export function drawnBy(uniform: number, probabilities: readonly number[]): number {
  return boundaries(probabilities).findIndex((boundary) => uniform < boundary);
}

/**
 * Fails where draws of tokens do not look like these probabilities: one that has none was drawn, or
 * chi-square lies beyond its 99.9th percentile. Tokens that are expected less than 5 times share a bin.
 */
export function assertDrawnFrom(
  tokens: readonly number[],
  probabilities: readonly number[],
): void {
  const counts = probabilities.map(() => 0);
  for (const token of tokens) counts[token]!++;
  probabilities.forEach((probability, id) =>
    assert.ok(probability > 0 || counts[id] === 0, `token ${id} of no probability was drawn`)
  );
  const bins: { seen: number; expected: number }[] = [];
  const rare = { seen: 0, expected: 0 };
  probabilities.forEach((probability, id) => {
    const bin = { seen: counts[id]!, expected: probability * tokens.length };
    if (bin.expected >= 5) bins.push(bin);
    else [rare.seen, rare.expected] = [rare.seen + bin.seen, rare.expected + bin.expected];
  });
  if (rare.expected > 0) bins.push(rare);
  const found = bins.reduce(
    (sum, { seen, expected }) => sum + (seen - expected) ** 2 / expected,
    0,
  );
  const limit = chiSquareQuantile(bins.length - 1);
  assert.ok(found < limit, `chi-square is ${found}, at most ${limit} of ${bins.length} bins`);
}

/** The 99.9th percentile (Wilson and Hilferty, PNAS 17, 1931); within 2 % from 2 degrees of freedom on. */
function chiSquareQuantile(degrees: number): number {
  const part = 2 / (9 * degrees);
  return degrees * (1 - part + 3.0902 * Math.sqrt(part)) ** 3;
}
