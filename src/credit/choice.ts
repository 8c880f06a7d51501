/**
 * Choice: the credit methods of a model, and which one a request gets that names none.
 *
 * @module
 */

import { type CreditedModel, unavailable } from "./availability.ts";
import type { CreditMethod } from "./method.ts";
import {
  type CreditMethodName,
  creditMethodNames,
  creditMethods,
  defaultCredit,
} from "./registry.ts";

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
