/**
 * Whether a failed request is sent again, and after which pause. Pure.
 *
 * @module
 */

import type { RewardClientError } from "./error.ts";

/** The bound of the first pause. The bound doubles with each attempt; pauses are half of it on average. */
const FIRST_MS = 500;

/** The largest bound, unless the server asks for a longer pause. */
const LONGEST_MS = 30_000;

/**
 * Whether the same request may succeed later: the server was not reached, by this client or by a proxy
 * (502), or it or the proxy was too busy. Scoring has no side effects, so a request may be sent twice.
 * Any other refusal would be the same again.
 */
export function isTransient({ kind, status }: RewardClientError): boolean {
  return kind === "network" || status === 503 || status === 504;
}

/** The inputs of {@linkcode pauseMs}. */
export interface PauseOptions {
  /** How many times the request was sent. */
  readonly attempts: number;
  /** A number in [0, 1). */
  readonly random: number;
  /** The pause that the server asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly maxRetryAfterMs: number;
}

/**
 * The pause before the next attempt: exponential backoff with full jitter (a random time between zero
 * and the bound), so that clients that failed together do not return together. The pause that the
 * server asked for comes first, and the jitter is added to it.
 */
export function pauseMs({ attempts, random, retryAfterMs = 0, maxRetryAfterMs }: PauseOptions) {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** (attempts - 1));
  return Math.min(retryAfterMs, maxRetryAfterMs) + random * bound;
}

/**
 * Reads a `Retry-After` header: seconds, or a date (RFC 9110, section 10.2.3).
 *
 * @param now the time of day
 * @returns milliseconds, not negative; undefined where there is no header or it is neither
 */
export function readRetryAfter(header: string | null, now: Date): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return 1_000 * Number(text);
  // A date names a day or a month, unlike other texts that Date.parse accepts ("-1", "1.5").
  const at = /[a-z]{3}/i.test(text) ? Date.parse(inUtc(text)) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** The oldest of the three forms, as in `Sun Nov  6 08:49:37 1994`, is UTC without saying so. */
function inUtc(date: string): string {
  return /:\d\d \d{4}$/.test(date) ? `${date} GMT` : date;
}
