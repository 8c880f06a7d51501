/**
 * Body keys: by what a body is known to be of one protocol where its path is that of others too.
 *
 * @module
 */

/** Whether a body is an object with one of the keys. */
export function bodyWith(...keys: readonly string[]): (body: unknown) => boolean {
  return (body) =>
    typeof body === "object" && body !== null && keys.some((key) => Object.hasOwn(body, key));
}
