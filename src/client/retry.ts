/**
 * When a request is sent again, and after how long. Pure.
 *
 * @module
 */

import type { RewardClientError } from "./error.ts";

/** The mean of the first pause is half of it; each pause may be twice as long as the one before. */
const FIRST_MS = 500;

/** No pause is longer, unless the server asks for it. */
const LONGEST_MS = 30_000;

/**
 * Whether the same request may succeed later: the server was not reached, by this client or by a proxy
 * (502), or it says itself (or the proxy before it) that it had no time. Scoring changes nothing, so
 * asking twice does no harm; but whatever else was refused will be refused again.
 */
export function isTransient({ kind, status }: RewardClientError): boolean {
  return kind === "network" || status === 503 || status === 504;
}

/** What decides a pause. */
export interface PauseOptions {
  /** How often the request has been sent. */
  readonly attempts: number;
  /** A number in [0, 1). */
  readonly random: number;
  /** What the server asked for. */
  readonly retryAfterMs?: number | undefined;
  readonly maxRetryAfterMs: number;
}

/**
 * The pause before the next attempt: exponential backoff with full jitter (a time drawn between
 * nothing and the bound), so that clients that failed together do not come back together. What the
 * server asked for is waited first, and the jitter after it.
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
  // A date has a name of a day or month: other things that Date.parse takes ("-1", "1.5") have not.
  const at = /[a-z]{3}/i.test(text) ? Date.parse(inUtc(text)) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - now.getTime());
}

/** The oldest of the three forms, as in `Sun Nov  6 08:49:37 1994`, does not say that it is UTC. */
function inUtc(date: string): string {
  return /:\d\d \d{4}$/.test(date) ? `${date} GMT` : date;
}
