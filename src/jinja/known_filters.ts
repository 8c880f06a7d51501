/**
 * Known filters and tests: a template that names others is refused before it runs, wherever they stand, as
 * Jinja's compiler does it. Only directly within a condition may they be unknown, for a template may ask whether
 * they are there (`{% if 'x' is filter %}`); there they fail when they are reached.
 *
 * @module
 */

import { SyntaxFailure } from "./failure.ts";
import { filters, foreignFilters } from "./filters.ts";
import type { Block, Statement } from "./nodes.ts";
import { tests } from "./tests.ts";

/** @throws {SyntaxFailure} naming a filter or a test that Jinja does not have */
export function expectKnown(body: Block): void {
  body.forEach((statement) => visit(statement, false));
}

/** The parts of statements that Jinja compiles in a scope of their own, to which a condition does not reach. */
const ownScope: Readonly<Partial<Record<Statement["kind"], readonly string[]>>> = {
  for: ["test", "body", "otherwise"],
  macro: ["defaults", "body"],
  call_block: ["defaults", "body"],
  set_block: ["filter", "body"],
  scope: ["filter", "body"],
};

/** @param conditional whether the part stands directly within a condition */
function visit(part: unknown, conditional: boolean): void {
  if (Array.isArray(part)) return part.forEach((each) => visit(each, conditional));
  if (typeof part !== "object" || part === null) return;
  const { kind, name } = part as { kind?: string; name?: string };
  if (!conditional && kind === "filter" && !isFilter(name!)) throw unknown("filter", name!);
  if (!conditional && kind === "test" && !tests.has(name!)) throw unknown("test", name!);
  const within = conditional || kind === "if" || kind === "conditional";
  const own = ownScope[kind as Statement["kind"]] ?? [];
  for (const [key, inner] of Object.entries(part)) {
    if (key !== "names") visit(inner, within && !own.includes(key));
  }
}

/** Those that this engine does not know are told when they are reached. */
function isFilter(name: string): boolean {
  return filters.has(name) || foreignFilters.has(name);
}

function unknown(what: string, name: string): SyntaxFailure {
  return new SyntaxFailure(`No ${what} named '${name}'.`);
}
