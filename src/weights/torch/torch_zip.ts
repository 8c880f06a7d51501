/**
 * The tensors of an archive of torch.save, which it writes since torch 1.6: a pickle and an entry for
 * every storage.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { MOST_PICKLE_BYTES, PickleBytes } from "./pickle_bytes.ts";
import { type FilePart, readAt } from "./read_at.ts";
import { type PickledTensors, tensorsOf } from "./state_dict.ts";
import { Storages } from "./storages.ts";
import { unpickle } from "./unpickle.ts";
import { Unfit } from "./unfit.ts";
import { readZipDirectory } from "./zip_directory.ts";

/** The first bytes of an archive that is not empty. */
export const ZIP_START: readonly number[] = [0x50, 0x4b, 0x03, 0x04];

/** @throws {Unfit} where the archive holds anything but tensors and plain values */
export async function readTorchZip(file: Deno.FsFile, size: number): Promise<PickledTensors> {
  const entries = await readZipDirectory(file, size);
  const root = rootOf(entries);
  await checkByteOrder(file, entries.get(`${root}/byteorder`));
  const pickle = entries.get(`${root}/data.pkl`)!;
  if (pickle.length > MOST_PICKLE_BYTES) {
    throw new Unfit(`its pickle may have at most ${MOST_PICKLE_BYTES} bytes`, pickle.length);
  }
  const storages = new Storages();
  const bytes = new PickleBytes(await readAt(file, pickle));
  const tensors = tensorsOf(unpickle(bytes, storages));
  if (bytes.taken !== pickle.length) {
    throw new Unfit("bytes follow its pickle", `${pickle.length - bytes.taken} bytes`);
  }
  const places = new Map<string, number>();
  for (const { key, length } of storages.byKey.values()) {
    const entry = entries.get(`${root}/data/${key}`);
    if (entry?.length !== length) throw misfit(key, length, entry);
    places.set(key, entry.offset);
  }
  return { tensors, places };
}

/** The folder that everything in the archive is in. */
function rootOf(entries: ReadonlyMap<string, FilePart>): string {
  const roots = new Set([...entries.keys()].map((name) => name.slice(0, name.indexOf("/"))));
  const [root] = roots;
  if (roots.size === 1 && entries.has(`${root}/data.pkl`)) return root!;
  const names = [...entries.keys()].slice(0, 3).map(shown).join(", ");
  throw new Unfit("its archive must hold one folder with a data.pkl", names || "no entries");
}

async function checkByteOrder(file: Deno.FsFile, entry: FilePart | undefined): Promise<void> {
  if (entry === undefined) return; // torch before 2.1, which had one order
  const LITTLE = "little";
  const length = Math.min(entry.length, LITTLE.length + 1);
  const order = new TextDecoder().decode(await readAt(file, { offset: entry.offset, length }));
  if (order !== LITTLE) throw new Unfit("its numbers must be little-endian", shown(order));
}

function misfit(key: string, length: number, entry: FilePart | undefined): Unfit {
  const name = shown(`data/${key}`);
  if (entry === undefined) return new Unfit("its archive lacks a storage", `none called ${name}`);
  return new Unfit(`the storage ${name} must have ${length} bytes`, entry.length);
}
