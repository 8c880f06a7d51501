/**
 * The unit that credit is given to, as bodies write it and as addresses do.
 *
 * @module
 */

import { z } from "zod";
import {
  LONGEST_SEPARATOR,
  MOST_WINDOW,
  parseUnit,
  unitNames,
  type UnitRule,
} from "../text/unit_rule.ts";
import { record } from "./fields.ts";

/** The unit as JSON writes it. */
export function unitField() {
  return z.union([
    z.enum(unitNames),
    record({
      window: z.int().min(1).max(MOST_WINDOW).meta({ description: "Tokens to each side." }),
    }),
    record({
      separator: z.string().min(1).max(LONGEST_SEPARATOR).meta({
        description: "The text that ends a unit, and is its own.",
      }),
    }),
  ], {
    error: `must be one of ${unitNames.join(", ")}, {"window": n} or {"separator": "..."}`,
  }).optional().meta({ description: `${unitDescription} or {"window": n}, {"separator": "..."}.` });
}

const unitDescription =
  "What credit is given to: each token, or stretches of the text (clauses, sentences, lines, steps " +
  "between blank lines or a separator, those of a model that scores steps its own); a window spreads a " +
  "token's credit over n tokens to each side. By default tokens, with occlusion sentences. One of " +
  `${unitNames.join(", ")},`;

/** The unit as an address writes it. */
export function unitTextField() {
  return z.string().max(80).transform((text, context): UnitRule => {
    const unit = parseUnit(text);
    if (unit !== undefined) return unit;
    context.addIssue({
      code: "custom",
      message: `must be one of ${unitNames.join(", ")}, window:N or separator:TEXT`,
    });
    return z.NEVER;
  }).optional().meta({ description: `${unitDescription} window:N or separator:TEXT.` });
}
