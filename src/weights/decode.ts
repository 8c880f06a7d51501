/**
 * The stored bytes of a tensor as float32, exactly: every float16 and bfloat16 is a float32. Pure.
 *
 * @module
 */

import type { StoredDtype } from "./checkpoint.ts";

/** @param bytes little-endian, as safetensors stores them on every machine */
type Decoder = (bytes: ArrayBuffer) => Float32Array<ArrayBuffer>;

const decoders: Readonly<Record<StoredDtype, Decoder>> = {
  float32: (bytes) => new Float32Array(bytes),
  float16: (bytes) => Float32Array.from(new Float16Array(bytes)),
  bfloat16: fromBfloat16,
};

/** Decodes the bytes of one tensor; float32 keeps the buffer it is given. */
export function decode(bytes: ArrayBuffer, dtype: StoredDtype): Float32Array<ArrayBuffer> {
  return decoders[dtype](bytes);
}

/** A bfloat16 is the upper half of a float32. */
function fromBfloat16(bytes: ArrayBuffer): Float32Array<ArrayBuffer> {
  const halves = new Uint16Array(bytes);
  const whole = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) whole[i] = halves[i]! << 16;
  return new Float32Array(whole.buffer);
}
