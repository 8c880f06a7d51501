/**
 * One request and its answer, and the same again where that may help.
 *
 * @module
 */

import { parseJson, readText } from "./answer.ts";
import { RewardClientError } from "./error.ts";
import type { Lifeline } from "./lifeline.ts";
import type { Settings } from "./options.ts";
import { refusalOf } from "./refusal.ts";
import { isTransient, pauseMs, readRetryAfter } from "./retry.ts";

/** What is asked. */
export interface Question {
  readonly method: "GET" | "POST";
  /** Beneath the server's address, as in `v1/rewards`. */
  readonly path: string;
  readonly body?: string;
  /** Another status than 200 whose body is an answer too. */
  readonly alsoReads?: number;
}

/** What belongs to a client and a call. */
export interface Line {
  readonly settings: Settings;
  readonly lifeline: Lifeline;
}

/** What was answered. */
export interface Answer {
  readonly value: unknown;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/**
 * Asks until there is an answer, a refusal that will not change, no retry left, or no time left for
 * the next pause.
 *
 * @throws {RewardClientError} the last failure
 */
export async function askPatiently(question: Question, line: Line): Promise<Answer> {
  const { lifeline, settings: { retries, random, maxRetryAfterMs } } = line;
  for (let attempts = 1;; attempts++) {
    // Of what was not sent, no attempt is told.
    if (lifeline.reason !== undefined) throw lifeline.reason.with({ attempts: attempts - 1 });
    try {
      return { ...await ask(question, line), attempts };
    } catch (thrown) {
      const error = asClientError(thrown).with({ attempts });
      const { retryAfterMs } = error;
      const pause = pauseMs({ attempts, random: random(), retryAfterMs, maxRetryAfterMs });
      const isLast = attempts > retries || pause >= lifeline.leftMs;
      if (!isTransient(error) || isLast || lifeline.reason !== undefined) throw error;
      await sleep(lifeline, { pause, attempts });
    }
  }
}

/** What `read` makes of an answer; its error knows the answer it is about. */
export function readAnswer<T>(answer: Answer, read: (value: unknown) => T): T {
  try {
    return read(answer.value);
  } catch (thrown) {
    const { requestId, attempts, status } = answer;
    throw asClientError(thrown).with({ status, requestId, attempts });
  }
}

/** Asks once. @throws {RewardClientError} */
async function ask(question: Question, line: Line): Promise<Omit<Answer, "attempts">> {
  const { lifeline, settings } = line;
  const response = await send(question, line);
  const { status, headers } = response;
  const requestId = headers.get("x-request-id") ?? undefined;
  const reading = { maxBytes: settings.maxBytesPerAnswer, lifeline };
  if (status === 200 || status === question.alsoReads) {
    try {
      const text = await readText(response, reading);
      return { value: parseJson(text, headers.get("content-type")), status, requestId };
    } catch (thrown) {
      throw asClientError(thrown).with({ status, requestId });
    }
  }
  // The status says enough where its body cannot be read.
  const text = await readText(response, reading).catch(() => "");
  if (lifeline.reason !== undefined) throw lifeline.reason;
  throw refusalOf({
    status,
    text,
    url: settings.url + question.path,
    location: headers.get("location"),
    requestId,
    retryAfterMs: readRetryAfter(headers.get("retry-after"), settings.clock.date()),
  });
}

/** Whatever is thrown around an exchange, as an error of the client. */
export function asClientError(thrown: unknown): RewardClientError {
  if (thrown instanceof RewardClientError) return thrown;
  const message = `Cannot read the answer as something unforeseen came of it: ${thrown}`;
  return new RewardClientError("protocol", message, { cause: thrown });
}

async function send({ method, path, body }: Question, line: Line): Promise<Response> {
  const { lifeline, settings: { url, apiKey, fetch } } = line;
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  const { signal } = lifeline;
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  try {
    return await lifeline.race(fetch(url + path, init));
  } catch (cause) {
    const message = `Cannot reach ${url}${path} as ${reasonOf(cause)}`;
    throw lifeline.reason ?? new RewardClientError("network", message, { cause });
  }
}

async function sleep(
  lifeline: Lifeline,
  { pause, attempts }: { pause: number; attempts: number },
): Promise<void> {
  try {
    await lifeline.sleep(pause);
  } catch (thrown) {
    throw asClientError(thrown).with({ attempts });
  }
}

/** Node says only "fetch failed", and why in the cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, cause } = thrown;
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}
