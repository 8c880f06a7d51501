/**
 * Choice: the credit methods of a model, and what a request gets that does not say.
 *
 * @module
 */

import { type CreditedModel, unavailable } from "./availability.ts";
import type { CreditMethod } from "./method.ts";
import { defaultOptions, type MethodOptions } from "./options.ts";
import type { PayChoice } from "./pay.ts";
import {
  type CreditMethodName,
  creditMethodNames,
  creditMethods,
  defaultCredit,
} from "./registry.ts";

/** How the scores of a call are spread, every choice made. */
export interface CreditTerms extends PayChoice {
  readonly method: CreditMethod;
  /** The part of each score that is spread. */
  readonly beta: number;
  readonly options: MethodOptions;
}

/** The terms of a method; the units and their pay are those of the method where nothing else was asked for. */
export function termsOf(
  method: CreditMethod,
  { beta, unit, pay, passes, layer }: AskedTerms,
): CreditTerms {
  return {
    method,
    beta,
    unit: unit ?? method.unit ?? "token",
    pay: pay ?? method.pay ?? "last",
    options: {
      passes: passes ?? defaultOptions.passes,
      layer: layer ?? defaultOptions.layer,
    },
  };
}

type AskedTerms =
  & { readonly beta: number }
  & {
    readonly [Key in keyof (PayChoice & MethodOptions)]?:
      | (PayChoice & MethodOptions)[Key]
      | undefined;
  };

/** The method that a request gets which names none. */
export function defaultMethod({ task }: Pick<CreditedModel, "task">): CreditMethodName {
  return task === "token" ? "steps" : defaultCredit.method;
}

/** The methods that a model can be asked for, its default first. */
export function methodsFor(model: CreditedModel): readonly CreditMethod[] {
  const first = defaultMethod(model);
  const names = [first, ...creditMethodNames.filter((name) => name !== first)];
  return names.map((name) => creditMethods[name])
    .filter((method) => unavailable(method, model) === undefined);
}
