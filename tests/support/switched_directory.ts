/**
 * Model directories made of a golden model by the edits of tests/oracle/switched: other JSON files and
 * templates, other names and types of tensors.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { withHeader } from "./checkpoint.ts";
import { goldenDirectory } from "./golden_model.ts";

/** A directory as tests/oracle/switched_directories.py describes it. */
export interface SwitchedDirectory {
  /** The golden model that it was made of. */
  readonly base: string;
  /** What was changed, in words. */
  readonly switches: readonly string[];
  /** Words of which an error has to hold one. */
  readonly fields: readonly string[];
  /** Whether a model that transformers loads may be refused. */
  readonly refusable: boolean;
  /** JSON files and templates by name. */
  readonly files: Readonly<Record<string, unknown>>;
  readonly tensors: readonly Edit[];
}

/** What is done to tensors: a verb, a name or a part of one, and what the verb needs. */
type Edit = readonly [string, string, (string | readonly number[])?];

/** A tensor with its bytes, as safetensors has it. */
interface RawTensor {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** Families whose golden models have no tokenizer of their own take the one of this model. */
const tokenizerOf: Readonly<Record<string, string>> = {
  mistral: "llama",
  gemma2: "llama",
  "gpt-neox": "llama",
};

/** Writes the directory to `path`, which exists and is empty. */
export async function writeSwitched(directory: SwitchedDirectory, path: string): Promise<void> {
  const { base, files, tensors } = directory;
  const tokenizer = join(goldenDirectory(tokenizerOf[base] ?? base), "tokenizer.json");
  await Deno.copyFile(tokenizer, join(path, "tokenizer.json"));
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : JSON.stringify(content);
    await Deno.mkdir(dirname(join(path, name)), { recursive: true });
    await Deno.writeTextFile(join(path, name), text);
  }
  const stored = await Deno.readFile(join(goldenDirectory(base), "model.safetensors"));
  const edited = tensors.reduce(edit, rawTensors(stored));
  await Deno.writeFile(join(path, "model.safetensors"), fileOf(edited));
}

type Tensors = ReadonlyMap<string, RawTensor>;

function rawTensors(file: Uint8Array): Tensors {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
  const entries = Object.entries<
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >(
    header,
  );
  return new Map(
    entries.filter(([name]) => name !== "__metadata__").map(([name, entry]) => {
      const [from, to] = entry.data_offsets;
      const bytes = file.subarray(8 + length + from, 8 + length + to);
      return [name, { dtype: entry.dtype, shape: entry.shape, bytes }];
    }),
  );
}

/** The verbs of tests/oracle/switched/directory.py. */
function edit(tensors: Tensors, [verb, name, more]: Edit): Tensors {
  const renamed = (rename: (name: string) => string) =>
    new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
  switch (verb) {
    case "rename":
      return renamed((old) => old.startsWith(name) ? more + old.slice(name.length) : old);
    case "suffix":
      return renamed((old) => old.endsWith(name) ? old.slice(0, -name.length) + more : old);
    case "drop":
      return new Map([...tensors].filter(([other]) => other !== name));
    case "double":
      return new Map([...tensors].map(([name, tensor]) => [name, doubled(tensor)]));
    case "ones": {
      const shape = more as readonly number[];
      const data = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
      const bytes = new Uint8Array(data.buffer);
      return new Map([...tensors, [name, { dtype: "F32", shape, bytes }]]);
    }
  }
  throw new TypeError(`Cannot edit tensors by ${verb}`);
}

function doubled({ dtype, shape, bytes }: RawTensor): RawTensor {
  const read = readers[dtype];
  if (read === undefined) throw new TypeError(`Cannot widen ${dtype}`);
  const wide = Float64Array.from(read(bytes.slice().buffer));
  return { dtype: "F64", shape, bytes: new Uint8Array(wide.buffer) };
}

/** The numbers of a tensor, by the code of its type. */
const readers: Readonly<Record<string, (buffer: ArrayBuffer) => ArrayLike<number>>> = {
  F32: (buffer) => new Float32Array(buffer),
  F16: (buffer) => new Float16Array(buffer),
  BOOL: (buffer) => new Uint8Array(buffer),
  BF16: (buffer) =>
    new Float32Array(Uint32Array.from(new Uint16Array(buffer), (half) => half << 16).buffer),
};

function fileOf(tensors: Tensors): Uint8Array {
  let end = 0;
  const header = Object.fromEntries(
    [...tensors].map(([name, { dtype, shape, bytes }]) => {
      const data_offsets = [end, end += bytes.length];
      return [name, { dtype, shape, data_offsets }];
    }),
  );
  const data = new Uint8Array(end);
  let at = 0;
  for (const { bytes } of tensors.values()) {
    data.set(bytes, at);
    at += bytes.length;
  }
  return withHeader(JSON.stringify({ __metadata__: { format: "pt" }, ...header }), data);
}
