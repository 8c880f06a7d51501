/**
 * Filters: the table of all of them.
 *
 * @module
 */

import { attributeFilters } from "./filters_by_attribute.ts";
import { itemFilters } from "./filters_of_items.ts";
import { numberFilters } from "./filters_of_numbers.ts";
import { textFilters } from "./filters_of_texts.ts";
import type { Budget } from "./budget.ts";
import type { Arguments, Value } from "./values.ts";

/** What filters and tests find in the environment: each other, and what they may spend. */
export interface Toolbox {
  readonly budget: Budget;
  filter(name: string, value: Value, given: Arguments): Value;
  test(name: string, value: Value, given: Arguments): boolean;
}

/** A filter, called on a value. */
export type Filter = (value: Value, given: Arguments, tools: Toolbox) => Value;

/** The filters that this engine knows, by name. */
export const filters: ReadonlyMap<string, Filter> = new Map(
  Object.entries({ ...textFilters, ...itemFilters, ...attributeFilters, ...numberFilters }),
);

/** Jinja's other filters, which no chat template has been seen to use. */
export const foreignFilters: ReadonlySet<string> = new Set([
  "pprint",
  "random",
  "striptags",
  "urlencode",
  "urlize",
  "wordwrap",
  "xmlattr",
  "filesizeformat",
]);
