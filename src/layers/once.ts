/**
 * Things made at their first use.
 *
 * @module
 */

/** Calls `make` once, when somebody first asks, and gives what it made from then on. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
