/**
 * Binary tensors of the Open Inference Protocol: a JSON head of the length that a header names, and behind it
 * the bytes of those tensors that say `binary_data_size`, in the head's order. KServe's and Triton's clients
 * send and ask for them unless they are told not to.
 *
 * Elements of BYTES have four bytes of length before them; numbers are little-endian.
 *
 * Specification: https://github.com/kserve/open-inference-protocol and Triton's
 * docs/protocol/extension_binary_data.md
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { BytesReply, bytesType } from "../bytes_reply.ts";
import { jsonOf } from "../body.ts";

/** Names the length of the head. */
export const HEAD_LENGTH = "inference-header-content-length";

type Fields = Readonly<Record<string, unknown>>;

/** A tensor of a reply. */
export interface Tensor {
  readonly name: string;
  readonly datatype: "FP64" | "INT64";
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/**
 * The JSON of a body: as it stands, or with the elements of its binary tensors put in place.
 *
 * @throws {AbacusError} `invalid_request` where lengths do not fit, and for elements that are not UTF-8
 */
export function readTensors(bytes: Uint8Array, headers: Headers): unknown {
  const length = headers.get(HEAD_LENGTH);
  if (length === null) return jsonOf(bytes);
  const head = headLength(length, bytes.length);
  const json = jsonOf(bytes.subarray(0, head));
  return withElements(json, bytes.subarray(head));
}

function headLength(text: string, most: number): number {
  const length = /^\d{1,15}$/.test(text) ? Number(text) : Infinity;
  if (length <= most) return length;
  const what =
    `the header Inference-Header-Content-Length must be at most the body's ${most} bytes`;
  throw refusal(what, text.slice(0, 40));
}

/** Every input that says how many bytes are its own gets `data` from them. */
function withElements(json: unknown, rest: Uint8Array): unknown {
  const { inputs } = isFields(json) ? json : {};
  if (!Array.isArray(inputs)) return json;
  let at = 0;
  const filled = inputs.map((input: unknown, index) => {
    const path = `inputs[${index}]`;
    const size = binarySize(input, path);
    if (size === undefined || !isFields(input)) return input;
    if (size > rest.length - at) throw tooFew(path, size, rest.length - at);
    const data = textsIn(rest.subarray(at, at + size), path);
    at += size;
    return { ...input, data };
  });
  if (at === rest.length) return { ...json as Fields, inputs: filled };
  throw refusal("all bytes behind the head must be those of inputs", `${rest.length - at} more`);
}

function binarySize(input: unknown, path: string): number | undefined {
  const parameters = isFields(input) ? input["parameters"] : undefined;
  const size = isFields(parameters) ? parameters["binary_data_size"] : undefined;
  if (size === undefined) return undefined;
  if (Number.isSafeInteger(size) && size as number >= 0) return size as number;
  const place = `${path}.parameters.binary_data_size`;
  throw refusal(`${place} must be a whole number`, JSON.stringify(size).slice(0, 40), place);
}

function textsIn(bytes: Uint8Array, path: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const place = `${path}.data[${texts.length}]`;
    const left = bytes.length - at - 4;
    const size = left < 0 ? Infinity : view.getUint32(at, true);
    if (size > left) throw tooFew(place, size, Math.max(0, left));
    texts.push(textOf(bytes.subarray(at + 4, at + 4 + size), place));
    at += 4 + size;
  }
  return texts;
}

function textOf(bytes: Uint8Array, place: string): string {
  try {
    // A byte order mark is a character of the text.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal(`${place} must be UTF-8`, `${bytes.length} bytes that are not`, place);
  }
}

/** A reply whose tensors are binary where that is wanted; JSON where none is. */
export function replyWith(
  reply: Readonly<Record<string, unknown>>,
  outputs: readonly Tensor[],
  isBinary: (name: string) => boolean,
): object {
  const binary = outputs.map((tensor) => isBinary(tensor.name) ? bytesOf(tensor) : undefined);
  const described = outputs.map(({ data, ...tensor }, i) =>
    binary[i] === undefined
      ? { ...tensor, data }
      : { ...tensor, parameters: { binary_data_size: binary[i].length } }
  );
  const json = { ...reply, outputs: described };
  if (binary.every((bytes) => bytes === undefined)) return json;
  const head = new TextEncoder().encode(JSON.stringify(json));
  return new BytesReply([head, ...binary.filter((bytes) => bytes !== undefined)], {
    "Content-Type": bytesType,
    "Inference-Header-Content-Length": String(head.length),
  });
}

function bytesOf({ datatype, data }: Tensor): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * data.length));
  data.forEach((value, i) => {
    if (datatype === "FP64") view.setFloat64(8 * i, value, true);
    else view.setBigInt64(8 * i, BigInt(value), true);
  });
  return new Uint8Array(view.buffer);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function tooFew(place: string, size: number, left: number): AbacusError {
  const wanted = Number.isFinite(size) ? `${size} bytes` : "a length of four bytes";
  return refusal(`${place} must have ${wanted} behind the head`, `${left} bytes`, place);
}

function refusal(what: string, received: string, path?: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot read the request as ${what}: received ${received}`,
    path === undefined ? {} : { path },
  );
}
