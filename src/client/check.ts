/**
 * Checks of what a server sent: each returns the value with its type, or throws an error that says
 * what is wrong and where.
 *
 * @module
 */

import { RewardClientError } from "./error.ts";

/** A value and where in the answer it stands. */
export interface Placed {
  readonly value: unknown;
  readonly path: string;
}

/** The error for a value that cannot be right. */
export function mismatch({ value, path }: Placed, fault: string): RewardClientError {
  const subject = path === "" ? "it" : path;
  const message = `Cannot read the answer as ${subject} ${fault}: received ${show(value)}`;
  return new RewardClientError("protocol", message, path === "" ? {} : { path });
}

/** An object. */
export function objectAt(placed: Placed): Readonly<Record<string, unknown>> {
  const { value } = placed;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw mismatch(placed, "must be an object");
  }
  // An object has keys, whatever they are.
  return value as Record<string, unknown>;
}

/** A list, of `length` members if a length is given. */
export function listAt(placed: Placed, length?: number): readonly unknown[] {
  const { value } = placed;
  if (!Array.isArray(value)) throw mismatch(placed, "must be a list");
  if (length === undefined || value.length === length) return value;
  throw mismatch(placed, `must hold ${length} members, as requested`);
}

/** A finite number. */
export function finiteAt(placed: Placed): number {
  const { value } = placed;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw mismatch(placed, "must be a finite number");
}

/** An integer that is not negative. */
export function countAt(placed: Placed): number {
  const { value } = placed;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw mismatch(placed, "must be an integer that is not negative");
}

/** A text. */
export function textAt(placed: Placed): string {
  const { value } = placed;
  if (typeof value === "string") return value;
  throw mismatch(placed, "must be a string");
}

/** True or false. */
export function booleanAt(placed: Placed): boolean {
  const { value } = placed;
  if (typeof value === "boolean") return value;
  throw mismatch(placed, "must be true or false");
}

/** A value as a message shows it: always short. */
function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") {
    return `'${value.length > 40 ? `${value.slice(0, 40)}...` : value}'`;
  }
  if (Array.isArray(value)) return `a list of ${value.length}`;
  return typeof value === "object" && value !== null ? "an object" : String(value);
}
