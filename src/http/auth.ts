/**
 * Whether a request may pass: it shows one of the server's keys, as `Bearer KEY` or as the password of
 * `Basic` (any user name).
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { KeyRing } from "./keys.ts";

/**
 * @param header the `Authorization` header of the request, if any
 * @param keys those of which it must show one
 * @returns the name of the key
 * @throws {AbacusError} `unauthorized`
 */
export function requireKey(header: string | undefined, keys: Pick<KeyRing, "nameOf">): string {
  if (header === undefined) throw refusal("no Authorization header");
  const shown = shownKey(header);
  if (shown === undefined) throw refusal("another scheme than Bearer or Basic");
  const name = keys.nameOf(shown);
  if (name === undefined) throw refusal("a key that is not this server's");
  return name;
}

function shownKey(header: string): string | undefined {
  const [, scheme = "", credentials = ""] = /^(\S+) +(\S+) *$/.exec(header) ?? [];
  if (scheme.toLowerCase() === "bearer") return credentials;
  return scheme.toLowerCase() === "basic" ? basicPassword(credentials) : undefined;
}

function basicPassword(credentials: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(credentials), (char) => char.charCodeAt(0));
    const pair = new TextDecoder().decode(bytes);
    const colon = pair.indexOf(":");
    return colon < 0 ? undefined : pair.slice(colon + 1);
  } catch {
    return undefined;
  }
}

/** What was received is described, never repeated: it may be a key for another service. */
function refusal(received: string): AbacusError {
  const message =
    `Cannot answer as this server asks for its key, in 'Authorization: Bearer KEY': received ${received}`;
  return new AbacusError("unauthorized", message);
}
