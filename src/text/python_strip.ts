/**
 * Python's strip for chat templates.
 *
 * Templates are written for Python, whose strip takes the characters to strip and has another
 * definition of space. The template library uses JavaScript's trim instead and ignores the characters,
 * so that `lstrip('\n')` would also remove the completion's own spaces. Every strip of a parsed template
 * is therefore replaced by a call of the functions here.
 *
 * @module
 */

import type { parse } from "@huggingface/jinja";

/** A node of a parsed template, or anything in it. */
type Node = Record<string, unknown> & { type: string };

type Sides = Readonly<{ left: boolean; right: boolean }>;

const methods: Readonly<Record<string, Sides>> = {
  strip: { left: true, right: true },
  lstrip: { left: true, right: false },
  rstrip: { left: false, right: true },
};

/** Names in a template have no spaces, so none can shadow these. */
const filterName = "the filter trim";
const methodName = (method: string) => `the method ${method}`;

/** The environment of a template that {@linkcode usePythonStrip} has changed. */
export const stripFunctions: Readonly<Record<string, (text: unknown, chars: unknown) => string>> = {
  [filterName]: (text, chars) => strip(printed(text), chars, { left: true, right: true }),
  ...Object.fromEntries(
    Object.entries(methods).map(([method, sides]) => [
      methodName(method),
      (text: unknown, chars: unknown) => strip(mustBeText(text, method), chars, sides),
    ]),
  ),
};

/** Changes a parsed template in place. */
export function usePythonStrip(program: ReturnType<typeof parse>): void {
  visit(program);
}

function visit(part: unknown): void {
  if (Array.isArray(part)) return part.forEach(visit);
  if (part instanceof Map) return [...part].flat().forEach(visit);
  if (!isNode(part)) return;
  Object.values(part).forEach(visit);
  if (part.type === "CallExpression") replaceMethod(part);
  else if (part.type === "FilterExpression") replaceFilter(part);
}

/** `text.lstrip(chars)` becomes `the method lstrip(text, chars)`. */
function replaceMethod(call: Node): void {
  const { callee, args } = call;
  if (!isNode(callee) || callee.type !== "MemberExpression" || callee.computed === true) return;
  const { object, property } = callee;
  if (!isNode(property) || !Object.hasOwn(methods, String(property.value))) return;
  property.value = methodName(String(property.value));
  call.callee = property;
  call.args = [object, ...args as unknown[]];
}

/** `text | trim(chars)` becomes `the filter trim(text, chars)`. */
function replaceFilter(expression: Node): void {
  const { operand, filter } = expression;
  if (!isNode(filter)) return;
  const [name, args] = filter.type === "CallExpression"
    ? [filter.callee, filter.args as unknown[]]
    : [filter, []];
  if (!isNode(name) || name.value !== "trim") return;
  name.value = filterName;
  expression.type = "CallExpression";
  expression.callee = name;
  expression.args = [operand, ...args];
}

function isNode(part: unknown): part is Node {
  return typeof part === "object" && part !== null && "type" in part &&
    typeof part.type === "string";
}

/** As the library prints it: undefined and none are empty. */
function printed(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "object") throw new Error("trim expects text, not a list or mapping");
  return String(value);
}

function mustBeText(value: unknown, method: string): string {
  if (typeof value === "string") return value;
  throw new Error(`${method} expects text, not ${typeof value}`);
}

function strip(text: string, chars: unknown, { left, right }: Sides): string {
  const stripped = typeof chars === "string" ? codePoints(chars) : space;
  let start = 0;
  let end = text.length;
  while (left && start < end && stripped.has(text.codePointAt(start) ?? -1)) {
    start += isPair(text, start) ? 2 : 1;
  }
  while (right && end > start) {
    const last = end - start > 1 && isPair(text, end - 2) ? end - 2 : end - 1;
    if (!stripped.has(text.codePointAt(last) ?? -1)) break;
    end = last;
  }
  return text.slice(start, end);
}

function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) ?? 0) > 0xffff;
}

function codePoints(text: string): Set<number> {
  return new Set(Array.from(text, (character) => character.codePointAt(0) ?? -1));
}

/** The characters of `str.isspace`. Unlike in JavaScript, the byte order mark is none. */
const space = codePoints(
  "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007" +
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000",
);
