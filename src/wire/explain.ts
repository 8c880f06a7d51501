/**
 * What a schema's issues mean to a caller: the one that matters, where it is, what should stand there
 * and what does.
 *
 * @module
 */

import type { z } from "zod";
import { nearest } from "../spelling.ts";

type Issue = z.core.$ZodIssue;

/** The fault of a value, as an error says it. */
export interface Fault {
  /** As in `items[0].completions[2]`; empty for the value itself. */
  readonly path: string;
  /** As in "must be a string". */
  readonly fault: string;
  /** The value at the path, quoted and cut. */
  readonly received: string;
  /** `too_large` where a limit was passed. */
  readonly kind: "invalid_request" | "too_large";
}

/** Explains the issue of `issues` that matters most, which `value` was found to have. */
export function explain(issues: readonly Issue[], value: unknown): Fault {
  const issue = decisive(issues, value);
  const received = at(value, issue.path);
  return {
    path: formatPath(issue.path),
    fault: faultOf(issue, received),
    received: describe(issue.code === "unrecognized_keys" ? issue.keys[0] : received),
    kind: isTooLarge(issue) ? "too_large" : "invalid_request",
  };
}

/** A path as it is written in JavaScript. */
function formatPath(path: readonly PropertyKey[]): string {
  return path.map((key, i) => {
    if (typeof key === "number") return `[${key}]`;
    return i === 0 ? String(key) : `.${String(key)}`;
  }).join("");
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  // A schema looks into objects and lists only.
  return path.reduce((inner, key) => (inner as Record<PropertyKey, unknown>)?.[key], value);
}

/**
 * The issue to report: an unknown key rather than the missing one that it was probably meant to be,
 * and within a union whatever is wrong with the form that was probably meant. Where that is one of some
 * words the union knows more: it names every form.
 */
function decisive(issues: readonly Issue[], value: unknown): Issue {
  const issue = issues.find((issue) => issue.code === "unrecognized_keys") ?? issues[0];
  if (issue === undefined) throw new TypeError("Cannot explain a failure without issues");
  if (issue.code !== "invalid_union") return issue;
  const inside = at(value, issue.path);
  const form = likeliestForm(issue.errors, inside);
  if (form === undefined) return issue;
  const inner = decisive(form, inside);
  const isWhole = inner.path.length === 0 && inner.code === "invalid_value" && isOurs(issue);
  return {
    ...inner,
    path: [...issue.path, ...inner.path],
    ...(isWhole ? { message: issue.message } : {}),
  };
}

/**
 * The form with the fewest own keys missing or unknown and, of a list, the one that reads it furthest;
 * undefined where several are as near.
 */
function likeliestForm(
  forms: readonly (readonly Issue[])[],
  value: unknown,
): readonly Issue[] | undefined {
  const ranked = forms.map((issues) => ({ issues, keys: wrongKeys(issues, value) }));
  const fewest = Math.min(...ranked.map(({ keys }) => keys));
  if (fewest === Infinity) return undefined;
  const alike = ranked.filter(({ keys }) => keys === fewest).map(({ issues }) => issues);
  if (alike.length === 1) return alike[0];
  return Array.isArray(value) ? furthestForm(alike, value) : undefined;
}

/** Of forms of a list, the one whose first fault lies furthest on; undefined where several tie. */
function furthestForm(
  forms: readonly (readonly Issue[])[],
  value: unknown,
): readonly Issue[] | undefined {
  const reached = forms.map((issues) => ({ issues, reach: reachOf(issues, value) }));
  // A list that is wrong as a whole, such as by its length, was not read at all.
  if (reached.some(({ reach }) => reach.length === 0)) return undefined;
  const [best, next] = reached.toSorted((a, b) => compare(b.reach, a.reach));
  return compare(best!.reach, next!.reach) > 0 ? best!.issues : undefined;
}

/** How far a form reads a list: to which element, whether that is of its type, and how deep in there. */
function reachOf(issues: readonly Issue[], value: unknown): readonly number[] {
  const issue = decisive(issues, value);
  const [element, ...inner] = issue.path;
  if (typeof element !== "number") return [];
  const isAlien = inner.length === 0 && isOfOtherType(issue, at(value, issue.path));
  return [element, isAlien ? 0 : 1, inner.length];
}

function compare(one: readonly number[], other: readonly number[]): number {
  return one.map((each, i) => each - other[i]!).find((difference) => difference !== 0) ?? 0;
}

/**
 * Keys of the value itself: what is wrong within one of them says that it was meant. A value of another
 * type has none of the form's keys.
 */
function wrongKeys(issues: readonly Issue[], value: unknown): number {
  return issues.reduce((count, issue) => {
    const { length } = issue.path;
    if (issue.code === "unrecognized_keys") return count + (length === 0 ? issue.keys.length : 0);
    if (length === 0) return isOfOtherType(issue, value) ? Infinity : count;
    return count + (length === 1 && at(value, issue.path) === undefined ? 1 : 0);
  }, 0);
}

/**
 * Words are no objects, which zod tells as a wrong value and not as a wrong type; and a number that is no integer
 * is one, which it tells as a wrong type.
 */
function isOfOtherType(issue: Issue, value: unknown): boolean {
  if (issue.code === "invalid_value") return typeof value === "object";
  return issue.code === "invalid_type" && !(issue.expected === "int" && Number.isFinite(value));
}

/** Whether a limit was passed, and not the shape of a value that has one length only. */
function isTooLarge(issue: Issue): boolean {
  if (issue.code === "custom") return issue.params?.tooLarge === true;
  if (issue.code !== "too_big" || isOurs(issue)) return false;
  return issue.origin === "array" || issue.origin === "string";
}

/** Whether the schema gave the message, which then reads as a fault; zod's own do not. */
function isOurs({ message }: Issue): boolean {
  return /^(must|has) /.test(message);
}

/** What is wrong, per code; codes that our schemas cannot raise keep zod's own words. */
function faultOf(issue: Issue, received: unknown): string {
  if (isOurs(issue)) {
    return issue.message + (issue.code === "invalid_value" ? hint(received, issue.values) : "");
  }
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeNames[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `must ${sizeVerbs[issue.origin] ?? "be"} at least ${amount(issue, issue.minimum)}`;
    case "too_big":
      return `must ${sizeVerbs[issue.origin] ?? "be"} at most ${amount(issue, issue.maximum)}`;
    case "invalid_value":
      return `must be ${oneOf(issue.values)}${hint(received, issue.values)}`;
    case "unrecognized_keys":
    case "custom":
    case "invalid_union":
    case "invalid_format":
    case "not_multiple_of":
    case "invalid_key":
    case "invalid_element":
      return `is not right (${issue.message})`;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "a list",
  tuple: "a list",
  object: "an object",
};

const sizeVerbs: Readonly<Record<string, string>> = { array: "hold", string: "have" };

function amount({ origin }: { origin: string }, count: number | bigint): string {
  const unit: Record<string, string> = { array: "element", string: "character" };
  const noun = unit[origin];
  if (noun === undefined) return String(count);
  return `${count} ${noun}${Number(count) === 1 ? "" : "s"}`;
}

function oneOf(values: readonly unknown[]): string {
  return `one of ${values.map(String).join(", ")}`;
}

function hint(received: unknown, values: readonly unknown[]): string {
  if (typeof received !== "string") return "";
  const meant = nearest(received.slice(0, 64), values.map(String));
  return meant === undefined ? "" : ` (did you mean '${meant}'?)`;
}

/** Code points of a text that are shown. */
const SHOWN = 40;

/** Keys of an object that are named. */
const NAMED = 5;

/** A value as an error message shows it: short, quoted, cut to about a hundred characters. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return quote(value);
  if (Array.isArray(value)) return describeList(value);
  if (typeof value === "object" && value !== null) return describeObject(value);
  return String(value);
}

function quote(text: string): string {
  if (text === "") return "an empty string";
  // Any text has at least half as many code points as UTF-16 units.
  const shown = Array.from(text.slice(0, 2 * SHOWN + 2));
  const cut = shown.length > SHOWN ? `${shown.slice(0, SHOWN).join("")}...` : text;
  // JSON escapes line breaks, control characters and lone surrogates, so that logs stay readable.
  return `'${JSON.stringify(cut).slice(1, -1).replaceAll('\\"', '"')}'`;
}

function describeList(values: readonly unknown[]): string {
  return values.length === 0 ? "an empty list" : `a list of ${values.length}`;
}

function describeObject(value: object): string {
  const keys = Object.keys(value);
  if (keys.length === 0) return "an empty object";
  const named = keys.slice(0, NAMED).map((key) => quote(key)).join(", ");
  const more = keys.length > NAMED ? ` and ${keys.length - NAMED} more` : "";
  return `an object with ${keys.length === 1 ? "the key" : "the keys"} ${named}${more}`;
}
