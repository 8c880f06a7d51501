/**
 * How long the hub is waited for: the silence after which a connection counts as dead, how often a
 * request is repeated, and the pauses between the attempts.
 *
 * @module
 */

import { setTimeout as delay } from "node:timers/promises";

/** Silence after which a connection counts as dead. */
export const IDLE_TIMEOUT_MS = 60_000;

/** Attempts at a request that can fail by accident. */
export const MAX_ATTEMPTS = 5;

/** The longest pause, also where the hub asks for a longer one. */
export const LONGEST_PAUSE_MS = 120_000;

/** What ends a wait early, and what tests replace. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** The pause between attempts. @default {the machine's clock} */
  readonly sleep?: typeof sleep | undefined;
  /** Silence after which a connection counts as dead. @default {60,000} */
  readonly idleTimeoutMs?: number | undefined;
}

/** A pause that rejects with the signal's reason as soon as the signal aborts. */
export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? signal.reason : error;
  }
}

/** Exponential backoff: 1, 2, 4, 8 ... seconds after the first, second, third ... failure. */
export function backoffMs(failures: number): number {
  return Math.min(LONGEST_PAUSE_MS, 1_000 * 2 ** (failures - 1));
}

/**
 * How long the `Retry-After` header asks to wait: seconds, or a date. The client of `src/client/`
 * reads the header by itself, since it must run without any other part of Abacus.
 *
 * @returns `undefined` where there is no such header or it cannot be read
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const text = headers.get("Retry-After")?.trim();
  if (!text) return undefined;
  const ms = /^\d+$/.test(text) ? 1_000 * Number(text) : Date.parse(text) - nowMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

/**
 * The result of `work`, unless it takes longer than `ms`. The work itself goes on after that; the
 * caller has to stop it.
 */
export async function withTimeout<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing arrived for ${ms / 1000} s`)), ms);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
