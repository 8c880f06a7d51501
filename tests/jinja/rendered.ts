/**
 * Renders a template in one line, for tables of tests.
 *
 * @module
 */

import { Template } from "../../src/jinja/template.ts";
import type { Value } from "../../src/jinja/values.ts";

/** The text of a template. */
export function rendered(source: string, variables: readonly (readonly [string, Value])[] = []) {
  return new Template(source).render(variables);
}
