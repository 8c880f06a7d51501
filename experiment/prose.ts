/**
 * Prose: numbers, tables and sentences of the write-up.
 *
 * A sentence states no more than its test: which of two is higher, or that no difference could be shown.
 *
 * @module
 */

import { compact, signed } from "../src/ppo/report/figures.ts";
import type { Estimate } from "./significance.ts";
import type { Comparison } from "./statistics.ts";

/** Differences are stated below this p-value, corrected for multiple comparisons. */
export const significance = 0.05;

/** A Markdown table; the first column is text, the others are numbers. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
): string[] {
  const rule = heads.map((_, column) => column === 0 ? "---" : "---:");
  return [heads, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).concat("");
}

/** As in `2.31 ± 0.12`, the half width of the 95 % interval. */
export function plusMinus({ mean, high }: Estimate): string {
  return Number.isFinite(high) ? `${compact(mean)} ± ${compact(high - mean)}` : compact(mean);
}

/** As in `2.31 (sd 0.17)`. */
export function withSd({ mean, sd }: Estimate): string {
  return Number.isFinite(sd) ? `${compact(mean)} (sd ${compact(sd)})` : compact(mean);
}

/** As in `+0.3 to +0.5`. */
export function interval({ low, high }: Estimate): string {
  return Number.isFinite(low) ? `${signed(low)} to ${signed(high)}` : "unknown";
}

/** As in `p = 0.012`, `p < 0.001`. */
export function pValue(p: number): string {
  if (Number.isNaN(p)) return "p unknown";
  return p < 0.001 ? "p < 0.001" : `p = ${compact(p)}`;
}

/** A p-value in a cell of a table. */
export function pCell(p: number): string {
  return pValue(p).replace(/^p (= )?/, "");
}

/** Whether the first group is above or below the second, or neither could be shown. */
export function directionOf({ difference, holmP }: Comparison): "above" | "below" | "unclear" {
  if (!(holmP < significance)) return "unclear";
  return difference.mean > 0 ? "above" : "below";
}

/**
 * A sentence about a comparison, as in `abc is above terminal by 0.31 (95 % interval +0.2 to +0.42,
 * corrected p = 0.003, above in 10 of 10 seeds).` The interval is not corrected, so it may exclude 0 although
 * the corrected p is not significant.
 *
 * @param what is compared, as in "score over training"
 */
export function verdict(comparison: Comparison, what: string): string {
  const { difference, holmP, above, seeds } = comparison;
  const [first, second] = [`\`${comparison.first}\``, `\`${comparison.second}\``];
  if (seeds.length < 2) return `${first} and ${second} have too few seeds in common to compare.`;
  const found = {
    above: `${first} is above ${second} in ${what}, by ${compact(difference.mean)}`,
    below: `${first} is below ${second} in ${what}, by ${compact(-difference.mean)}`,
    unclear: `No difference in ${what} between ${first} and ${second} could be shown`,
  }[directionOf(comparison)];
  const evidence = `95 % interval of the difference ${interval(difference)}, ` +
    `corrected ${pValue(holmP)}, above in ${above} of ${seeds.length} seeds`;
  return `${found} (${evidence}).`;
}

/** Comparisons within one setting, by the names of their methods alone. */
export function byMethod(comparisons: readonly Comparison[]): Comparison[] {
  return comparisons.map((each) => (
    { ...each, first: methodOf(each.first), second: methodOf(each.second) }
  ));
}

/** The method that a group is of, by its name. */
export function methodOf(name: string): string {
  return name.split(",")[0]!;
}

/** Comparisons as a table, one per row. */
export function comparisonTable(comparisons: readonly Comparison[]): string[] {
  if (comparisons.length === 0) return [];
  const heads = ["difference", "mean", "95 % interval", "p (Holm)", "Wilcoxon", "seeds above"];
  return table(
    heads,
    comparisons.map((each) => [
      `\`${each.first}\` - \`${each.second}\``,
      signed(each.difference.mean),
      interval(each.difference),
      pCell(each.holmP),
      pCell(each.wilcoxonP),
      `${each.above} of ${each.seeds.length}`,
    ]),
  );
}

/**
 * The results of comparisons, one sentence for each second group, as in `In score, above terminal: abc and
 * red; below: none; no difference shown: uniform.`
 */
export function grouped(comparisons: readonly Comparison[], what: string): string[] {
  return [...Map.groupBy(comparisons, ({ second }) => second)].map(([second, own]) => {
    const parts = (["above", "below", "unclear"] as const).map((direction) =>
      listed(
        own.filter((each) => directionOf(each) === direction).map(({ first }) => `\`${first}\``),
      ) || "none"
    );
    return `In ${what}, above \`${second}\`: ${parts[0]}; below: ${
      parts[1]
    }; no difference shown: ` +
      `${parts[2]}.`;
  });
}

/** As in `a, b and c`. */
export function listed(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
