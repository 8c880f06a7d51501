/**
 * Settings of credit that scoring a file and training have in common: the unit, and how it is paid.
 *
 * @module
 */

import { z } from "zod";
import { payNames } from "./credit/pay.ts";
import { help, integer, oneOf } from "./settings_readers.ts";
import { parseUnit, unitNames, type UnitRule } from "./text/unit_rule.ts";

/** The unit that credit is given to, its pay, and how many texts it may cost. */
export function creditSettings() {
  return {
    creditUnit: unit().optional().register(help, {
      value: "UNIT",
      description:
        `what credit is given to: ${
          unitNames.join(", ")
        }, separator:TEXT for stretches that end with ` +
        "it, or window:N to spread a token's credit over N tokens to each side",
      unset: "each token, with occlusion and shapley each sentence",
    }),
    creditPay: oneOf(...payNames).optional().register(help, {
      value: "NAME",
      description:
        "how the credit of a unit of several tokens is paid: on its last, or spread equally",
      unset: "last, with occlusion and shapley spread",
    }),
    creditLayer: layer().optional().register(help, {
      value: "N",
      description: "layer whose attention credit by layers reads: from 0, or from -1 down; or all",
      unset: "all, their mean",
    }),
    creditPasses: integer(16, 16_384).optional().register(help, {
      value: "N",
      description:
        "most texts that shapley may compare a completion with; it samples where it would take more",
      unset: "1024, enough to be exact for ten units",
    }),
  };
}

/** A layer as text. */
function layer() {
  return z.string().regex(/^(all|-?\d{1,3})$/, "a layer, as in 0 or -1, or all")
    .transform((text) => text === "all" ? text : Number(text));
}

/** A unit as text. */
function unit() {
  const expected = `one of ${unitNames.join(", ")}, window:N or separator:TEXT`;
  return z.string().transform((text, context): UnitRule => {
    const rule = parseUnit(text);
    if (rule !== undefined) return rule;
    context.addIssue({ code: "custom", message: expected });
    return z.NEVER;
  });
}
