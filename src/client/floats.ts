/**
 * Lists of floats as a server sends them.
 *
 * @module
 */

import { mismatch, type Placed } from "./check.ts";

/**
 * A list of finite floats: JSON numbers, or base64 of little-endian float32. Both become float64, since
 * TypeScript accepts no call of `reduce` on a union of the two kinds of array.
 *
 * @throws {RewardClientError} `protocol`
 */
export function floatsAt(placed: Placed): Float64Array {
  const { value } = placed;
  if (typeof value === "string") return fromBase64(value, placed);
  if (Array.isArray(value)) return fromJson(value, placed);
  throw mismatch(placed, "must be a list of numbers or base64");
}

function fromBase64(text: string, placed: Placed): Float64Array {
  const bytes = bytesOf(text, placed);
  if (bytes.length % 4 !== 0) {
    throw mismatch(placed, `must hold 4 bytes per number, not ${bytes.length} in all`);
  }
  // A Float32Array over the bytes would have the platform's byte order.
  const view = new DataView(bytes.buffer);
  const values = new Float64Array(bytes.length / 4);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(4 * i, true);
  const wrong = values.findIndex((value) => !Number.isFinite(value));
  if (wrong < 0) return values;
  throw notFinite(placed, wrong, values[wrong]);
}

function bytesOf(text: string, placed: Placed): Uint8Array<ArrayBuffer> {
  let binary;
  try {
    binary = atob(text);
  } catch {
    throw mismatch(placed, "must be base64");
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

function fromJson(members: readonly unknown[], placed: Placed): Float64Array {
  const values = new Float64Array(members.length);
  for (const [i, member] of members.entries()) {
    if (typeof member !== "number" || !Number.isFinite(member)) throw notFinite(placed, i, member);
    values[i] = member;
  }
  return values;
}

function notFinite({ path }: Placed, index: number, value: unknown) {
  return mismatch({ path: `${path}[${index}]`, value }, "must be a finite number");
}
