/**
 * The keys of a server: whom a key that is shown belongs to. Every comparison is made in constant time and
 * with every key, so that the time of an answer tells nothing about any of them.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";

/** A key, and the name that logs and metrics have for whoever holds it. */
export interface NamedKey {
  readonly name: string;
  readonly key: string;
}

/** The name of the one key that a setting gives. */
export const onlyKeyName = "default";

/** The keys that a server takes; they can be replaced while it runs. */
export class KeyRing {
  #keys: readonly Digested[];

  constructor(keys: readonly NamedKey[]) {
    this.#keys = keys.map(digested);
  }

  /** A ring of one key. */
  static of(key: string): KeyRing {
    return new KeyRing([{ name: onlyKeyName, key }]);
  }

  /** Takes these keys from now on, and no others. */
  replace(keys: readonly NamedKey[]): void {
    this.#keys = keys.map(digested);
  }

  /** How many keys there are. */
  get size(): number {
    return this.#keys.length;
  }

  /** The name of the key that was shown; undefined where it is none of them. */
  nameOf(shown: string): string | undefined {
    const seen = digest(shown);
    let found: string | undefined;
    // Not `find`: that would stop at the key, and so tell its place.
    for (const { name, bytes } of this.#keys) if (timingSafeEqual(seen, bytes)) found = name;
    return found;
  }
}

interface Digested {
  readonly name: string;
  readonly bytes: Uint8Array;
}

function digested({ name, key }: NamedKey): Digested {
  return { name, bytes: digest(key) };
}

/** Digests have one length, so neither a key's length nor its first letters show in the time. */
function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
