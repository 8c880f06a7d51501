/**
 * The tensors of a file as torch.save wrote it before torch 1.6: five pickles (a magic number, a version,
 * the machine, the tensors, the keys of the storages), and behind them the storages in that order, each
 * behind the number of its numbers.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { MOST_PICKLE_BYTES, PickleBytes } from "./pickle_bytes.ts";
import { describe, Dict, List, type PickleValue } from "./pickle_value.ts";
import { readAt } from "./read_at.ts";
import { type PickledTensors, tensorsOf } from "./state_dict.ts";
import type { Storage } from "./storage.ts";
import { Storages } from "./storages.ts";
import { unpickle } from "./unpickle.ts";
import { Unfit } from "./unfit.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const VERSION = 1001;
const COUNT_BYTES = 8;

/** The first byte of a pickle of any protocol but the oldest. */
export const PICKLE_START: readonly number[] = [0x80];

/** @throws {Unfit} where the file holds anything but tensors and plain values */
export async function readTorchLegacy(file: Deno.FsFile, size: number): Promise<PickledTensors> {
  const length = Math.min(size, MOST_PICKLE_BYTES);
  const bytes = new PickleBytes(await readAt(file, { offset: 0, length }));
  const storages = new Storages();
  const next = () => unpickle(bytes, storages);
  expect(next(), MAGIC, "its magic number");
  expect(next(), VERSION, "its version");
  const machine = next();
  const isLittle = machine instanceof Dict && machine.entries.get("little_endian");
  expect(isLittle ?? null, true, "whether it is little-endian");
  const tensors = tensorsOf(next());
  const ordered = inOrder(next(), storages.byKey);
  return { tensors, places: await findPlaces(ordered, { file, size, start: bytes.taken }) };
}

function expect(value: PickleValue, expected: PickleValue, what: string): void {
  if (value === expected) return;
  throw new Unfit(`${what} must be that of torch.save (${expected})`, describe(value));
}

/** The storages in the order of their bytes. */
function inOrder(keys: PickleValue, storages: ReadonlyMap<string, Storage>): Storage[] {
  const items = keys instanceof List ? keys.items : [];
  const ordered = items.map((key) => {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined) throw new Unfit("it has a storage without tensors", describe(key));
    return storage;
  });
  if (ordered.length === storages.size && new Set(ordered).size === storages.size) return ordered;
  throw new Unfit(`it must list its ${storages.size} storages once each`, ordered.length);
}

/** Where each storage begins; the last one ends with the file. */
async function findPlaces(
  storages: readonly Storage[],
  { file, size, start }: { file: Deno.FsFile; size: number; start: number },
): Promise<Map<string, number>> {
  const places = new Map<string, number>();
  let at = start;
  for (const { key, count, length } of storages) {
    const bytes = await readAt(file, { offset: at, length: COUNT_BYTES });
    const stored = new DataView(bytes.buffer).getBigUint64(0, true);
    if (stored !== BigInt(count)) {
      throw new Unfit(`the storage ${shown(key)} must have ${count} numbers`, `${stored}`);
    }
    places.set(key, at + COUNT_BYTES);
    at += COUNT_BYTES + length;
  }
  if (at === size) return places;
  throw new Unfit(`its storages end at byte ${at}, and the file elsewhere`, `${size} bytes`);
}
