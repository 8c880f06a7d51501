/**
 * The API key: whether a request may pass. One key, shown as `Bearer KEY` or as the password of
 * `Basic` (any user name), compared in constant time.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import { AbacusError } from "../errors.ts";

/**
 * @param header the `Authorization` header of the request, if any
 * @param apiKey the key that it must show
 * @throws {AbacusError} `unauthorized`
 */
export function requireKey(header: string | undefined, apiKey: string): void {
  if (header === undefined) throw refusal("no Authorization header");
  const shown = shownKey(header);
  if (shown === undefined) throw refusal("another scheme than Bearer or Basic");
  if (!sameKey(shown, apiKey)) throw refusal("a key that is not this server's");
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

/** Digests have one length, so neither the key's length nor its first letters show in the time. */
function sameKey(shown: string, apiKey: string): boolean {
  return timingSafeEqual(digest(shown), digest(apiKey));
}

function digest(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}

/** What was received is described, never repeated: it may be a key for another service. */
function refusal(received: string): AbacusError {
  const message =
    `Cannot answer as this server asks for its key, in 'Authorization: Bearer KEY': received ${received}`;
  return new AbacusError("unauthorized", message);
}
