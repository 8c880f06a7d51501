/**
 * Additive truth: how far credit is from what words are worth, per token and per sentence.
 *
 * @module
 */

import { unitText } from "../../../../src/text/unit_rule.ts";
import { seeded } from "../../seeded.ts";
import { additiveText, wordWeights, writeAdditiveModel } from "../additive.ts";
import { correlation, relativeError } from "../ranking.ts";
import { openSubject } from "../subject.ts";
import { type Choices, credited, type Row, waysOf } from "../ways.ts";

/** Every way on texts of a model whose score is a known sum. */
export async function additive(choices: Choices): Promise<Row[]> {
  const weights = wordWeights(200, 5);
  const directory = await Deno.makeTempDir({ prefix: "abacus-additive-" });
  try {
    await writeAdditiveModel(directory, weights);
    await using subject = await openSubject(directory);
    const random = seeded(6);
    const made = Array.from({ length: 40 }, () => additiveText(weights, { sentences: 5, random }));
    const texts = made.map(({ text }) => text);
    const known = made.flatMap(({ worths }) => worths);
    const rows: Row[] = [];
    for (const way of waysOf(subject, choices)) {
      const completions = await credited(subject, texts, way);
      const paid = completions.flatMap(({ rewards }) => [...rewards]);
      rows.push({
        method: way.method,
        unit: unitText(way.unit),
        "correlation per token": correlation(paid, known),
        "error per token": relativeError(paid, known),
        "error per sentence": relativeError(
          completions.flatMap((each, i) => sentenceSums([...each.rewards], texts[i]!)),
          made.flatMap(({ worths, text }) => sentenceSums(worths, text)),
        ),
      });
    }
    return rows;
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Of numbers per word, their sums per sentence. */
function sentenceSums(values: readonly number[], text: string): number[] {
  const sums: number[] = [0];
  for (const [i, word] of text.split(" ").entries()) {
    sums[sums.length - 1]! += values[i]!;
    if (word === "." && i < values.length - 1) sums.push(0);
  }
  return sums;
}
