/**
 * The access log: one line for each answered request, and the cause of each failure that callers are
 * not told. Lines go to a sink; writing them somewhere is the command line's business.
 *
 * @module
 */

import type { ErrorKind } from "../errors.ts";

/** One answered request. */
export interface AccessEntry {
  readonly time: Date;
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly seconds: number;
  /** The kind of the error it was answered with. */
  readonly kind?: ErrorKind | undefined;
  readonly completions?: number | undefined;
  readonly tokens?: number | undefined;
  readonly computedTokens?: number | undefined;
  readonly queueMs?: number | undefined;
  readonly inferenceMs?: number | undefined;
}

/** How lines are written. */
export type LogFormat = "off" | "text" | "json";

/** One line for an answered request, without its line break. */
export function accessLine(entry: AccessEntry, format: "text" | "json"): string {
  const { time, requestId, method, path, status, seconds, ...rest } = entry;
  const ms = round(seconds * 1000);
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined)
    .map(([key, value]) => [snake(key), typeof value === "number" ? round(value) : value] as const);
  if (format === "json") {
    const head = { time: time.toISOString(), level: "info", request_id: requestId };
    return JSON.stringify({ ...head, method, path, status, ms, ...Object.fromEntries(fields) });
  }
  const tail = fields.map(([key, value]) => ` ${key}=${value}`).join("");
  return `${time.toISOString()} ${method} ${path} ${status} ${ms}ms${tail} id=${requestId}`;
}

/** One line for what went wrong inside, with the cause that the caller was not told. */
export function failureLine(
  { time, requestId, cause }: { time: Date; requestId: string; cause: unknown },
  format: "text" | "json",
): string {
  const text = describe(cause);
  if (format === "json") {
    const head = { time: time.toISOString(), level: "error", request_id: requestId };
    return JSON.stringify({ ...head, cause: text });
  }
  return `${time.toISOString()} failure id=${requestId} ${text}`;
}

function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const below = cause.cause === undefined ? "" : `\ncaused by ${describe(cause.cause)}`;
  return (cause.stack ?? String(cause)) + below;
}

function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
