/**
 * Opens a checkpoint: lists every tensor of a Hugging Face directory from the headers of its files.
 *
 * Resolves symbolic links, of which Hugging Face's cache consists, since onnxruntime does not follow
 * them.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { badModel, describeTensor, listed, shown } from "./bad_model.ts";
import type { Checkpoint, ListedDtype, ListedTensor } from "./checkpoint.ts";
import { elementCount, isUsable } from "./element_type.ts";
import { MOST_TENSORS, readHeader } from "./header.ts";
import { unreadable } from "./json_file.ts";
import { readTensor } from "./read_tensor.ts";
import { readShardIndex } from "./shard_index.ts";
import { readTorchFile } from "./torch/torch_file.ts";
import { findAdapterWeights, findWeights, type WeightFiles } from "./weight_files.ts";

/**
 * Lists the tensors of a model directory without reading the weights.
 *
 * @throws {AbacusError} `bad_model` naming the file, and the tensor where there is one
 */
export async function openCheckpoint(directory: string): Promise<Checkpoint> {
  return await open(await findWeights(directory));
}

/**
 * Lists the tensors of a directory's adapter, as {@linkcode openCheckpoint} those of a model.
 *
 * @throws {AbacusError} `bad_model` as {@linkcode openCheckpoint}
 */
export async function openAdapterWeights(directory: string): Promise<Checkpoint> {
  return await open(await findAdapterWeights(directory));
}

async function open({ kind, path }: WeightFiles): Promise<Checkpoint> {
  const listing = kind === "single" ? await readFile(path) : await readShards(path);
  const tensors = new Map(listing.map((tensor) => [tensor.name, tensor]));
  if (tensors.size === 0) throw badModel(`Cannot load a model without tensors: received ${path}`);
  return {
    source: path,
    tensors,
    bytes: listing.reduce((sum, { length }) => sum + length, 0),
    parameters: countByDtype(listing),
    read: (name) => read(name, { source: path, tensors }),
  };
}

async function readShards(index: string): Promise<ListedTensor[]> {
  const tensors: ListedTensor[] = [];
  for (const [shard, expected] of await readShardIndex(index)) {
    const path = join(dirname(index), shard);
    const found = await readFile(path, `the shard ${shown(shard)} that ${index} names`);
    checkShard({ index, path, expected, found: new Set(found.map(({ name }) => name)) });
    for (const tensor of found) tensors.push(tensor);
    if (tensors.length > MOST_TENSORS) {
      throw badModel(
        `Cannot load ${index} as it has more than ${MOST_TENSORS} tensors: received ${tensors.length}`,
      );
    }
  }
  return tensors;
}

async function readFile(path: string, what = path): Promise<ListedTensor[]> {
  try {
    const real = await Deno.realPath(path);
    if (!(await Deno.stat(real)).isFile) {
      throw badModel(`Cannot read ${what} as it is not a file: received ${path}`);
    }
    return await (path.endsWith(".bin") ? readTorchFile(real) : readHeader(real));
  } catch (cause) {
    throw unreadable(cause, { what, path });
  }
}

/** The tensors of a shard according to the index, and those in the file. */
interface ShardContents {
  readonly index: string;
  readonly path: string;
  readonly expected: ReadonlySet<string>;
  readonly found: ReadonlySet<string>;
}

/** Also excludes one name in two shards, since the index has one shard per name. */
function checkShard({ index, path, expected, found }: ShardContents): void {
  const absent = [...expected.difference(found)];
  if (absent.length > 0) {
    throw badModel(
      `Cannot load ${path} as it lacks tensors that ${index} places there: ` +
        `received none called ${listed(absent.map(shown))}`,
    );
  }
  const extra = [...found.difference(expected)];
  if (extra.length > 0) {
    throw badModel(
      `Cannot load ${path} as it holds tensors that ${index} does not place there: ` +
        `received ${listed(extra.map(shown))}`,
    );
  }
}

function countByDtype(tensors: readonly ListedTensor[]): Map<ListedDtype, number> {
  const counts = new Map<ListedDtype, number>();
  for (const { dtype, shape } of tensors) {
    counts.set(dtype, (counts.get(dtype) ?? 0) + elementCount(shape));
  }
  return new Map([...counts].sort(([, a], [, b]) => b - a));
}

async function read(
  name: string,
  { source, tensors }: Pick<Checkpoint, "source" | "tensors">,
): Promise<Float32Array> {
  const tensor = tensors.get(name);
  if (tensor === undefined) {
    throw badModel(`Cannot read a tensor that ${source} does not hold: received ${shown(name)}`);
  }
  if (!isUsable(tensor)) {
    throw badModel(
      `Cannot read a tensor of ${tensor.file} as numbers, which must be float64, float32, ` +
        `float16 or bfloat16: received ${describeTensor(tensor)}`,
    );
  }
  return await readTensor(tensor);
}
