/**
 * Rows of floats as vLLM writes them: numbers in JSON, base64 of their bytes, or the bytes of all texts one
 * behind the other, with a header that tells where each begins.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { BytesReply, bytesType } from "../bytes_reply.ts";

/** The most characters of the header: Python's clients refuse longer ones. */
const MOST_METADATA = 32_768;

/** What an element is written as. */
export const embedDtypes = ["float32", "float16", "bfloat16"] as const;

/** How elements are written. */
export interface ElementForm {
  readonly embed_dtype: typeof embedDtypes[number];
  readonly endianness: "native" | "little" | "big";
}

/**
 * The bytes of numbers.
 *
 * @throws {AbacusError} `model_failure` where one does not fit into the element type
 */
export function elementBytes(values: Float64Array, form: ElementForm): Uint8Array {
  const { embed_dtype: dtype } = form;
  const little = form.endianness !== "big";
  const width = dtype === "float32" ? 4 : 2;
  const view = new DataView(new ArrayBuffer(width * values.length));
  values.forEach((value, i) => {
    const written = dtype === "float16" ? Math.f16round(value) : Math.fround(value);
    if (!Number.isFinite(written)) throw unwritable(value, dtype);
    if (dtype === "float32") view.setFloat32(4 * i, value, little);
    else if (dtype === "float16") view.setFloat16(2 * i, value, little);
    else view.setUint16(2 * i, bfloat16Of(value), little);
  });
  return new Uint8Array(view.buffer);
}

/** The upper half of a float32, rounded to the nearest, ties to even. */
function bfloat16Of(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  // The largest float32s would round to infinity.
  if ((rounded & 0x7f80) === 0x7f80) throw unwritable(value, "bfloat16");
  return rounded;
}

/**
 * All texts in bytes.
 *
 * @param metadata what the header tells of each; without it there is no header
 * @throws {AbacusError} `too_large` where the header would be longer than clients read
 */
export function bytesReply(parts: readonly Uint8Array[], metadata?: object): BytesReply {
  const type = { "Content-Type": bytesType };
  if (metadata === undefined) return new BytesReply(parts, type);
  const text = JSON.stringify(metadata);
  if (text.length <= MOST_METADATA) return new BytesReply(parts, { ...type, metadata: text });
  throw new AbacusError(
    "too_large",
    `Cannot reply as the header metadata may have ${MOST_METADATA} characters (send fewer texts, or ` +
      `ask for bytes_only): received ${parts.length} texts, which take ${text.length}`,
  );
}

function unwritable(value: number, dtype: string): AbacusError {
  return new AbacusError(
    "model_failure",
    `Cannot reply as a reward does not fit into ${dtype}: received ${value}`,
  );
}
