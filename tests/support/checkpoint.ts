/**
 * Writes small safetensors checkpoints, right ones and wrong ones, for tests.
 *
 * @module
 */

import { join } from "node:path";
import type { StoredDtype } from "../../src/weights/checkpoint.ts";

/** A tensor to be written; numbers are rounded to the element type. */
export interface TestTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
  /** @default "float32" */
  readonly dtype?: StoredDtype | "float64" | "int64" | "uint8";
}

const codes = {
  float64: "F64",
  float32: "F32",
  float16: "F16",
  bfloat16: "BF16",
  int64: "I64",
  uint8: "U8",
};

/** The bytes of a safetensors file that holds the tensors one behind another. */
export function safetensors(tensors: readonly TestTensor[]): Uint8Array<ArrayBuffer> {
  const chunks = tensors.map(({ data, dtype = "float32" }) => encode(data, dtype));
  const header: Record<string, unknown> = { __metadata__: { format: "pt" } };
  let offset = 0;
  for (const [i, { name, shape, dtype = "float32" }] of tensors.entries()) {
    const end = offset + (chunks[i]?.length ?? 0);
    header[name] = { dtype: codes[dtype], shape, data_offsets: [offset, end] };
    offset = end;
  }
  return withHeader(JSON.stringify(header), joined(chunks));
}

/** A file with this text as its header, whatever it says, before `data`. */
export function withHeader(
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(),
): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? new TextEncoder().encode(header) : header;
  return joined([headerLength(BigInt(text.length)), text, data]);
}

/** The first eight bytes of a safetensors file. */
export function headerLength(length: bigint): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, length, true);
  return bytes;
}

/** Writes `model.safetensors`, or as many shards as there are lists and their index. */
export async function writeCheckpoint(
  directory: string,
  ...shards: (readonly TestTensor[])[]
): Promise<void> {
  if (shards.length === 1) {
    await Deno.writeFile(join(directory, "model.safetensors"), safetensors(shards[0] ?? []));
    return;
  }
  const map: Record<string, string> = {};
  for (const [i, tensors] of shards.entries()) {
    const file = shardName(i + 1, shards.length);
    for (const { name } of tensors) map[name] = file;
    await Deno.writeFile(join(directory, file), safetensors(tensors));
  }
  const index = { metadata: { total_size: 0 }, weight_map: map };
  await Deno.writeTextFile(join(directory, "model.safetensors.index.json"), JSON.stringify(index));
}

/** A directory of its own that goes away at the end of the block: `await using directory = ...`. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  // The real path, as checkpoints report it: the system's folder may be a symbolic link.
  const path = await Deno.realPath(await Deno.makeTempDir());
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

/** As transformers names shards: `model-00001-of-00002.safetensors`. */
export function shardName(number: number, count: number): string {
  const digits = (n: number) => String(n).padStart(5, "0");
  return `model-${digits(number)}-of-${digits(count)}.safetensors`;
}

function encode(data: ArrayLike<number>, dtype: keyof typeof codes): Uint8Array {
  switch (dtype) {
    case "float64":
      return bytesOf(Float64Array.from(data));
    case "float32":
      return bytesOf(Float32Array.from(data));
    case "float16":
      return bytesOf(Float16Array.from(data));
    case "bfloat16":
      return bytesOf(Uint16Array.from(data, toBfloat16));
    case "int64":
      return bytesOf(BigInt64Array.from(Array.from(data, BigInt)));
    case "uint8":
      return Uint8Array.from(data);
  }
}

/** Rounds to nearest, ties to even, as torch does. */
function toBfloat16(value: number): number {
  const bits = new Uint32Array(new Float32Array([value]).buffer)[0] ?? 0;
  if (Number.isNaN(value)) return 0x7fc0;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function joined(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
