/**
 * Readers of settings: schemas that turn the text of a flag or a variable into a value, with messages
 * that say what is expected; and the registry of their help.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { z } from "zod";

/** The help of a setting. */
export interface Help {
  readonly description: string;
  /** The placeholder of the value, as in `--port N`; absent for switches. */
  readonly value?: string;
  /** A description of the default where the value itself does not explain it. */
  readonly unset?: string;
  /** What stands between the values of a flag that is given several times. @default a comma */
  readonly separator?: string;
}

/** The help of every setting. */
export const help = z.registry<Help>();

/** A path relative to the program, whatever the working directory. */
export function besideProgram(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** A text that is not blank. */
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
