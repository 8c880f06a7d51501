/**
 * When to try again, and how long to wait before.
 *
 * @module
 */

/** A pause that ends early, by rejecting, when the signal aborts. */
export type Sleep = (ms: number, signal: AbortSignal | undefined) => Promise<void>;

/** How often something is tried that may fail by accident. */
export const MOST_TRIES = 5;

/** Longer than this nobody is made to wait on the hub's word. */
export const LONGEST_WAIT_MS = 120_000;

/** Pauses of 1, 2, 4, 8 ... seconds after the first, second, third ... failure. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** (failures - 1));
}

/**
 * How long the `Retry-After` header asks to wait: seconds, or a date.
 *
 * @returns `undefined` where there is no such header or it cannot be read
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get("Retry-After")?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? 1_000 * Number(text) : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/** The usual pause, on the machine's clock. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
