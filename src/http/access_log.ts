/**
 * The access log: one line for each answered request, and the cause of each failure whose answer
 * hides it. Lines go to a sink; the command line writes them.
 *
 * @module
 */

import type { RequestRecord } from "./request_record.ts";

/** How lines are written. */
export type LogFormat = "off" | "text" | "json";

/** One line for an answered request, without its line break. */
export function accessLine(record: RequestRecord, format: "text" | "json"): string {
  const { time, requestId, method, path, status, seconds, keyName, kind, scored } = record;
  const { model, completions, tokens, computedTokens, queueMs, inferenceMs } = scored ?? {};
  const ms = round(seconds * 1000);
  const fields = Object.entries({
    key: keyName,
    kind,
    model,
    completions,
    tokens,
    computedTokens,
    queueMs,
    inferenceMs,
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [snake(key), typeof value === "number" ? round(value) : value] as const);
  if (format === "json") {
    const head = { time: time.toISOString(), level: "info", request_id: requestId };
    return JSON.stringify({ ...head, method, path, status, ms, ...Object.fromEntries(fields) });
  }
  const tail = fields.map(([key, value]) => ` ${key}=${value}`).join("");
  return `${time.toISOString()} ${method} ${path} ${status} ${ms}ms${tail} id=${requestId}`;
}

/** One line for an internal failure, with the cause that the answer hides. */
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
