/**
 * The agreement of two number types as lines for readers.
 *
 * @module
 */

import { grouped, table } from "../figures.ts";
import type { Fidelity } from "./measure.ts";

/** As `inspect` prints it. */
export function fidelityLines(fidelity: Fidelity): string[] {
  const { dtype, file, completions, failed, pairs } = fidelity;
  const not = failed === 0 ? "" : `, ${grouped(failed)} items without a score left out`;
  return [
    `${dtype} beside float32 over ${grouped(completions)} completions of ${file}${not}`,
    "",
    ...table([
      ["rank correlation", `${decimals(fidelity.spearman, 5)} (Spearman)`],
      [
        "score difference",
        `${decimals(fidelity.meanDifference)} mean, ${
          decimals(fidelity.largestDifference)
        } largest`,
      ],
      [
        "pairs in order",
        `${decimals(100 * fidelity.orderKept, 2)} % of ${grouped(pairs)} with different scores`,
      ],
      [
        "credit",
        `${decimals(fidelity.medianVariation)} median, ${decimals(fidelity.largestVariation)} ` +
        "largest total variation",
      ],
    ]),
  ];
}

/** What there was too little to tell of is unknown. */
function decimals(number: number, digits = 4): string {
  return Number.isNaN(number) ? "unknown" : number.toFixed(digits);
}
