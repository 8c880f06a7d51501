/**
 * The tensors of a state dict: a dictionary from their names to them. Pure.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { MOST_TENSORS } from "../header.ts";
import { describe, Dict, List, type PickleValue } from "./pickle_value.ts";
import { TensorView } from "./tensor_view.ts";
import { Unfit } from "./unfit.ts";

/** What a file's pickle says of its tensors, and what the file says of their storages. */
export interface PickledTensors {
  readonly tensors: ReadonlyMap<string, TensorView>;
  /** Where each storage begins in the file, in bytes, by its key. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * The tensors by name. Other entries (a step, a dictionary of notes) are left out where they hold none.
 *
 * @throws {Unfit} where the value is no state dict, or a tensor stands deeper
 */
export function tensorsOf(value: PickleValue): Map<string, TensorView> {
  if (!(value instanceof Dict)) {
    throw new Unfit("it must hold a dictionary from names to tensors", describe(value));
  }
  if (value.entries.size > MOST_TENSORS) {
    throw new Unfit(`it may list at most ${MOST_TENSORS} tensors`, value.entries.size);
  }
  const tensors = new Map<string, TensorView>();
  const seen = new Set<PickleValue>();
  for (const [name, entry] of value.entries) {
    if (typeof name !== "string") throw new Unfit("a tensor's name must be a text", describe(name));
    if (entry instanceof TensorView) tensors.set(name, entry);
    else refuseTensors(entry, { name, seen });
  }
  return tensors;
}

/**
 * A training checkpoint has its model inside of an entry, which transformers does not read either.
 *
 * @param seen the values that were looked at: entries may share some
 */
function refuseTensors(
  entry: PickleValue,
  { name, seen }: { name: string; seen: Set<PickleValue> },
): void {
  const pending = [entry];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value instanceof TensorView) {
      throw new Unfit(
        "every tensor must stand in its dictionary by its own name",
        `tensors inside of the entry ${shown(name)}`,
      );
    }
    if (typeof value !== "object" || seen.has(value)) continue;
    seen.add(value);
    for (const part of partsOf(value)) pending.push(part);
  }
}

function partsOf(value: PickleValue): Iterable<PickleValue> {
  if (value instanceof Dict) return value.entries.values();
  if (value instanceof List) return value.items;
  return Array.isArray(value) ? value : [];
}
