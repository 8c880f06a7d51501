/**
 * The access log: one line for each answered request, and the cause of each failure whose answer
 * hides it. Lines go to a sink; the command line writes them.
 *
 * @module
 */

import type { ReachedRecord, RequestRecord, ScoredRecord } from "./request_record.ts";

/** How lines are written. */
export type LogFormat = "off" | "text" | "json";

/** One line for an answered request, without its line break. */
export function accessLine(record: RequestRecord, format: "text" | "json"): string {
  const { time, requestId, method, path, route, status, seconds, keyName, kind, text } = record;
  const ms = round(seconds * 1000);
  const fields = Object.entries({
    key: keyName,
    kind,
    ...numbersOf(record.scored),
    ...placeOf(record.reached),
  })
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [snake(key), typeof value === "number" ? round(value) : value] as const);
  if (format === "json") {
    const head = { time: time.toISOString(), level: "info", request_id: requestId };
    const what = { method, path, route, status, ms };
    return JSON.stringify({ ...head, ...what, ...Object.fromEntries(fields), text });
  }
  const said = text === undefined ? "" : ` text=${JSON.stringify(text)}`;
  const tail = fields.map(([key, value]) => ` ${key}=${value}`).join("") + said;
  return `${time.toISOString()} ${method} ${path} ${status} ${ms}ms${tail} id=${requestId}`;
}

/** What a line tells of what was scored. */
function numbersOf(scored: ScoredRecord | undefined) {
  if (scored === undefined) return {};
  const { model, completions, tokens, computedTokens, reusedTokens, stages } = scored;
  const reused = (reusedTokens?.inFlight ?? 0) + (reusedTokens?.kept ?? 0);
  return {
    ...{ model, completions, tokens, computedTokens },
    // What stood in several texts and was computed once.
    sharedTokens: Math.max(0, tokens - computedTokens - reused),
    reusedTokens: reused === 0 ? undefined : reused,
    tokenizeMs: stages.tokenize,
    queueMs: stages.queue,
    inferenceMs: stages.inference,
  };
}

/** What a line tells of a request that failed: its model, and the stages that it came to. */
function placeOf(reached: ReachedRecord | undefined) {
  if (reached?.model === undefined) return {};
  const { model, stages: { tokenize, queue, inference } } = reached;
  return { model, tokenizeMs: tokenize, queueMs: queue, inferenceMs: inference };
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
