/**
 * Readers of settings: from the text of a flag or a variable to a value, with the words that say what
 * is expected; and the register of what the help says of each.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { z } from "zod";

/** What the help says of a setting. */
export interface Help {
  readonly description: string;
  /** What stands for the value in the help, as in `--port N`; absent for switches. */
  readonly value?: string;
  /** How the help names the default where the value itself would not tell. */
  readonly unset?: string;
}

/** What the help says of every setting. */
export const help = z.registry<Help>();

/** A path that is found wherever the program was started from. */
export function besideProgram(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** Some text that is not blank. */
export function text() {
  return z.string().trim().min(1, "some text");
}

/** One of some names. */
export function oneOf<const Name extends string>(...names: Name[]) {
  return z.enum(names, `one of ${names.join(", ")}`);
}

/** A whole number in a range, written in digits. */
export function integer(least: number, most: number) {
  const expected = `an integer from ${least} to ${most}`;
  return z.string().trim().regex(/^\d+$/, expected).transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}

/** A number in a range. */
export function number(least: number, most: number) {
  const expected = `a number from ${least} to ${most}`;
  return z.string().trim().regex(/^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i, expected).transform(Number)
    .refine((value) => value >= least && value <= most, expected);
}

/** A switch. */
export function toggle() {
  return z.enum(["true", "false", "1", "0", "yes", "no", "on", "off"], "true or false")
    .transform((word) => ["true", "1", "yes", "on"].includes(word));
}
