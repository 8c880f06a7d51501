/**
 * Storages: the storages that a pickle refers to, by their keys.
 *
 * @module
 */

import { shown } from "../bad_model.ts";
import { bitsOf } from "../element_type.ts";
import { describe, Global, type PickleValue } from "./pickle_value.ts";
import { countOf } from "./rebuild.ts";
import { Storage } from "./storage.ts";
import { storageClasses } from "./torch_types.ts";
import { Unfit } from "./unfit.ts";

/** Collects the storages of one pickle; every reference to one must say the same of it. */
export class Storages {
  readonly byKey = new Map<string, Storage>();

  /**
   * The storage of a persistent id: `("storage", class, key, device, count)`, and in files from before
   * torch 1.6 a sixth item that is None.
   *
   * @throws {Unfit} for any other id
   */
  refer(id: PickleValue): Storage {
    const [kind, type, key, device, count, part = null] = Array.isArray(id) ? id : [id];
    const parts = Array.isArray(id) ? id.length : 0;
    if (kind !== "storage" || parts < 5 || parts > 6) {
      throw new Unfit("it refers to something other than a storage", describe(kind));
    }
    if (typeof key !== "string" || typeof device !== "string") {
      throw new Unfit("a storage must have a name and a device", describe(key));
    }
    if (part !== null) {
      throw new Unfit(
        "a storage must be no part of another",
        `${describe(part)} for ${shown(key)}`,
      );
    }
    const found = storageOf(key, type, countOf(count, "the size of a storage"));
    const known = this.byKey.get(key) ?? found;
    if (known.dtype !== found.dtype || known.count !== found.count) {
      throw new Unfit("a storage must be the same everywhere", `two kinds of ${shown(key)}`);
    }
    this.byKey.set(key, known);
    return known;
  }
}

function storageOf(key: string, type: PickleValue, count: number): Storage {
  const known = type instanceof Global ? storageClasses[type.name] : undefined;
  if (known === undefined) throw new Unfit("a storage must have a class of torch", describe(type));
  const { dtype } = known;
  const bytes = count * (dtype === undefined ? 1 : bitsOf(dtype) / 8);
  return new Storage(key, dtype, count, countOf(bytes, "the bytes of a storage"));
}
