/**
 * Errors about a checkpoint, and how they show names and shapes.
 *
 * The names in a checkpoint are untrusted: they are clipped, and control characters are escaped so that
 * they cannot reach a terminal.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ListedTensor } from "./checkpoint.ts";

const LONGEST = 120;
const LONGEST_LIST = 8;

/** An error of kind `bad_model`. */
export function badModel(message: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_model", message, { cause });
}

/** A JSON value for a message, clipped; a string is in quotation marks. */
export function shown(value: unknown): string {
  const clip = (text: string) => text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const text = typeof value === "string"
    ? JSON.stringify(clip(value))
    : clip(JSON.stringify(value) ?? String(value));
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
}

/** The first items of a list, and how many more there are. */
export function listed(items: readonly string[]): string {
  const rest = items.length - LONGEST_LIST;
  const shown = items.slice(0, LONGEST_LIST).join(", ");
  return rest > 0 ? `${shown} and ${rest} more` : shown;
}

/** `"score.weight" float32[1, 768]`. */
export function describeTensor({ name, dtype, shape }: ListedTensor): string {
  return `${shown(name)} ${dtype}${describeShape(shape)}`;
}

/** `[1, 768]`. */
export function describeShape(shape: readonly number[]): string {
  const LONGEST_RANK = 16;
  const rest = shape.length > LONGEST_RANK ? `, … (rank ${shape.length})` : "";
  return `[${shape.slice(0, LONGEST_RANK).join(", ")}${rest}]`;
}
