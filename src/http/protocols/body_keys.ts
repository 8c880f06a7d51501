/**
 * Body keys: which of several fields a body gives, by which it is also known to be of one protocol where its
 * path is that of others too.
 *
 * @module
 */

/** Whether a body is an object in which one of the keys is given. */
export function bodyWith(...keys: readonly string[]): (body: unknown) => boolean {
  return (body) =>
    typeof body === "object" && body !== null &&
    keys.some((key) => Object.hasOwn(body, key) && isGiven((body as Record<string, unknown>)[key]));
}

/** Whether a field is there; clients that always write all of their fields write null where one is not. */
export function isGiven<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined && value !== null;
}
