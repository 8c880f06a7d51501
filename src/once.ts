/**
 * Values that are made at their first use.
 *
 * @module
 */

/** Calls `make` at the first call and returns the same value from then on. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
