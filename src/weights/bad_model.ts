/**
 * How this folder speaks of what is wrong with a checkpoint.
 *
 * Names in a checkpoint come from strangers: they are shown, so that control characters cannot
 * reach a terminal, and clipped.
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

/** Any JSON value as it may stand in a message: a string in quotation marks, all of it clipped. */
export function shown(value: unknown): string {
  const clip = (text: string) => text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const text = typeof value === "string"
    ? JSON.stringify(clip(value))
    : clip(JSON.stringify(value) ?? String(value));
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
}

/** The first of many, and how many more there are. */
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
