/**
 * How scores are to be spread, as a request says it, and how they were, as an answer tells it.
 *
 * @module
 */

import type { CreditTerms } from "../credit/choice.ts";
import type { PayName } from "../credit/pay.ts";
import type { CreditMethodName } from "../credit/registry.ts";
import type { UnitRule } from "../text/unit_rule.ts";

/** How scores are to be spread. */
export interface CreditRequest {
  /** @default the model's own */
  readonly method?: string | undefined;
  /** The part of each score that is spread. */
  readonly beta: number;
  /** What credit is given to. @default the method's own, of most methods each token */
  readonly unit?: UnitRule | undefined;
  /** How units are paid. @default the method's own, of most methods on their last token */
  readonly pay?: PayName | undefined;
  /** The most texts that a completion may be compared with by methods that sample. @default 1,024 */
  readonly passes?: number | undefined;
  /** The layer that `layers` reads, or all. @default all */
  readonly layer?: number | "all" | undefined;
}

/** How scores were spread. */
export interface ScoredCredit {
  readonly method: CreditMethodName;
  readonly beta: number;
  /** What credit was given to. @default each token */
  readonly unit?: UnitRule;
  /** How units were paid. @default each token has what it earned */
  readonly pay?: PayName;
}

/** The terms as an answer tells them. */
export function scoredCredit({ method, beta, unit, pay }: CreditTerms): ScoredCredit {
  const name = method.name as CreditMethodName;
  return { method: name, beta, ...(unit === "token" ? {} : { unit, pay }) };
}
