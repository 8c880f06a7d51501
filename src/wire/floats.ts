/**
 * Lists of floats as they cross the network: JSON numbers, or base64 of little-endian float32 on
 * request, which is a third of the size. Runs wherever clients do.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** How lists of floats are written. */
export type FloatEncoding = "json" | "base64";

/** A list of floats on the wire. */
export type Floats = number[] | string;

/** Bytes that are turned into text in one step, well below what an argument list may hold. */
const STEP = 8_192;

/**
 * Writes floats.
 *
 * @throws {AbacusError} `model_failure` where a number is not finite, or does not fit into float32
 * when that is asked for
 *
 * @example There and back
 * ```ts
 * import { decodeFloats, encodeFloats } from "./floats.ts";
 * import assert from "node:assert/strict";
 *
 * const text = encodeFloats(Float64Array.of(1, -2.5), "base64");
 * assert.equal(text, "AACAPwAAIMA=");
 * assert.deepEqual([...decodeFloats(text)], [1, -2.5]);
 * ```
 */
export function encodeFloats(values: Float64Array, encoding: FloatEncoding): Floats {
  return encoding === "json" ? encodeJson(values) : encodeBase64(values);
}

/** Reads what {@linkcode encodeFloats} wrote. @throws {TypeError} where it is not that */
export function decodeFloats(floats: Floats): Float64Array {
  if (typeof floats !== "string") return Float64Array.from(floats);
  const bytes = Uint8Array.from(decodeBase64(floats), (char) => char.charCodeAt(0));
  if (bytes.length % 4 !== 0) {
    throw new TypeError(`Cannot decode as float32 takes 4 bytes: received ${bytes.length} bytes`);
  }
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function encodeJson(values: Float64Array): number[] {
  requireFinite(values);
  return Array.from(values);
}

function encodeBase64(values: Float64Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => view.setFloat32(4 * i, value, true));
  requireFinite(values.map(Math.fround));
  const bytes = new Uint8Array(view.buffer);
  let binary = "";
  for (let start = 0; start < bytes.length; start += STEP) {
    binary += String.fromCharCode(...bytes.subarray(start, start + STEP));
  }
  return btoa(binary);
}

function decodeBase64(text: string): string {
  try {
    return atob(text);
  } catch (cause) {
    throw new TypeError(`Cannot decode as it is not base64: received ${text.length} characters`, {
      cause,
    });
  }
}

/** JSON has no word for such a number and would write null. */
function requireFinite(values: Float64Array): void {
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new AbacusError(
    "model_failure",
    `Cannot reply as a number is not finite: received ${wrong}`,
  );
}
