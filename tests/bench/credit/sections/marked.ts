/**
 * Words that people marked: how well each way finds them.
 *
 * @module
 */

import { unitText } from "../../../../src/text/unit_rule.ts";
import type { Marked } from "../marked.ts";
import { chanceOf, precisionOf } from "../marked_tokens.ts";
import { mean } from "../ranking.ts";
import type { Subject } from "../subject.ts";
import { type Choices, credited, type Row, tokensOf, waysOf } from "../ways.ts";

/** Every way on marked texts, and any order; windows of occlusion would take a text per token of long texts. */
export async function marked(
  subject: Subject,
  all: readonly Marked[],
  choices: Choices,
): Promise<Row[]> {
  const row = (method: string, unit: string, precision: readonly number[]): Row => (
    { method, unit, texts: String(all.length), "average precision": mean(precision) }
  );
  const ways = waysOf(subject, choices)
    .filter(({ method, unit }) => method !== "occlusion" || typeof unit !== "object");
  const rows: Row[] = [];
  for (const way of ways) {
    const completions = await credited(subject, all.map(({ text }) => text), way);
    const precision = all.map(({ marks, label }, i) =>
      precisionOf(completions[i]!, { marks, sign: /^neg/i.test(label) ? -1 : 1 })
    );
    rows.push(row(way.method, unitText(way.unit), precision));
  }
  const tokens = await tokensOf(subject, all.map(({ text }) => text));
  return [...rows, row("any order", "", all.map(({ marks }, i) => chanceOf(tokens[i]!, marks)))];
}
