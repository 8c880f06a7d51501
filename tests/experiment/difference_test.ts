/**
 * Why there is no method `difference`, which would be `red` with the mean of the same prompt's completions in the
 * place of the prompt's own score: its exact policy gradient, over all groups that a small policy can write.
 * docs/credit.md has the result.
 */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type Ending, gradient } from "../../experiment/two_tokens.ts";

/** Three tokens with a choice at each of the first two. */
const endings: readonly Ending[] = [
  ["l", "0", 1.5],
  ["l", "1", 0.25],
  ["r", "0", -1],
  ["r", "1", 0.75],
].map(([first, second, score]) => ({
  name: `${first}${second}`,
  tokens: [`${first}`, `${second}`, "."],
  score: Number(score),
  attention: [0.5, 0.3, 0.2],
  prefixScores: [first === "l" ? 0.8 : -0.3, 0.9 * Number(score), Number(score)],
}));

const red = { method: "red", beta: 1, estimator: "gae" } as const;

/** Every group of so many completions; with equal logits all are as likely. */
function groupsOf(size: number): readonly (readonly Ending[])[] {
  return size === 0
    ? [[]]
    : groupsOf(size - 1).flatMap((group) => endings.map((ending) => [...group, ending]));
}

/**
 * The expected gradient by the logits of the first choice, where the first token of a completion earns its change
 * of the score since the group's mean. What is ahead of it is then the score less that mean.
 */
function firstSlope(size: number): number {
  const groups = groupsOf(size);
  const slopes = groups.map((group) => {
    const mean = group.reduce((sum, { score }) => sum + score, 0) / size;
    const each = group.map(({ tokens, score }) =>
      (score - mean) * ((tokens[0] === "l" ? 1 : 0) - 0.5)
    );
    return each.reduce((sum, slope) => sum + slope, 0) / size;
  });
  return slopes.reduce((sum, slope) => sum + slope, 0) / groups.length;
}

Deno.test("the mean of a group takes its own share off the first token's gradient, and adds nothing", () => {
  const ofRed = gradient(endings, red).get("^|l")!;
  const parts = [2, 4, 8].map((size) => firstSlope(size) / ofRed);
  for (const [i, size] of [2, 4, 8].entries()) {
    assert.ok(Math.abs(parts[i]! - (1 - 1 / size)) < 1e-12);
  }
  const page = readFileSync(new URL("../../docs/credit.md", import.meta.url), "utf8");
  assert.match(page.replaceAll(/\s+/g, " "), /75 % of `red`'s with groups of 4, 88 % of 8/);
  assert.deepEqual(parts.map((part) => Math.round(100 * part)), [50, 75, 88]);
});
