/**
 * Reads `model.safetensors.index.json` or `pytorch_model.bin.index.json`, which list the tensors of every
 * shard.
 *
 * @module
 */

import { basename } from "node:path";
import { badModel, shown } from "./bad_model.ts";
import { MOST_TENSORS } from "./header.ts";
import { isJsonObject, readJsonFile } from "./json_file.ts";

const LONGEST_INDEX_BYTES = 100_000_000;
const MOST_SHARDS = 10_000;

/** The names of each shard's tensors, by the shard's file name. */
export type ShardIndex = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * The tensors of each shard, by file name.
 *
 * @throws {AbacusError} `bad_model` where the index is malformed or names a file outside its directory
 */
export async function readShardIndex(path: string): Promise<ShardIndex> {
  const index = await readJsonFile(path, {
    mostBytes: LONGEST_INDEX_BYTES,
    duplicateKeys: "refused",
  });
  const shards = new Map<string, Set<string>>();
  for (const [tensor, shard] of Object.entries(weightMap(index, path))) {
    const name = checkShardName(shard, path);
    const tensors = shards.get(name) ?? new Set();
    shards.set(name, tensors.add(tensor));
  }
  if (shards.size > MOST_SHARDS) {
    throw badModel(
      `Cannot read ${path} as it may name at most ${MOST_SHARDS} shards: received ${shards.size}`,
    );
  }
  return shards;
}

function weightMap(index: unknown, path: string): Record<string, unknown> {
  const map = isJsonObject(index) ? index.weight_map : undefined;
  if (!isJsonObject(map)) {
    const received = shown(index);
    throw badModel(
      `Cannot read ${path} as it has no 'weight_map' from tensors to files: received ${received}`,
    );
  }
  const count = Object.keys(map).length;
  if (count === 0 || count > MOST_TENSORS) {
    throw badModel(
      `Cannot read ${path} as it must list 1 to ${MOST_TENSORS} tensors: received ${count}`,
    );
  }
  return map;
}

/**
 * A shard is in the directory of its index: a name with a path could make the engine read any file. Its
 * format is that of the index.
 */
function checkShardName(shard: unknown, path: string): string {
  const [, ending = ".safetensors"] = /(\.\w+)\.index\.json/.exec(basename(path)) ?? [];
  const fits = typeof shard === "string" && /^[^/\\\0]+\.\w+$/.test(shard) &&
    shard.endsWith(ending);
  if (fits && shard.length < 256) return shard;
  throw badModel(
    `Cannot read ${path} as a shard must be the name of a ${ending} file beside it: ` +
      `received ${shown(shard)}`,
  );
}
