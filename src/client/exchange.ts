/**
 * One request and its answer, with retries.
 *
 * @module
 */

import { parseJson, readText } from "./answer.ts";
import { RewardClientError } from "./error.ts";
import type { RequestScope } from "./request_scope.ts";
import type { Settings } from "./options.ts";
import { refusalOf } from "./refusal.ts";
import { isTransient, pauseMs, readRetryAfter } from "./retry.ts";

/** A request, before the client's settings are added. */
export interface Question {
  readonly method: "GET" | "POST";
  /** Beneath the server's address, as in `v1/rewards`. */
  readonly path: string;
  readonly body?: string;
  /** A status besides 200 whose body is an answer. */
  readonly alsoReads?: number;
}

/** The settings of a client, and the scope of one of its calls. */
export interface CallContext {
  readonly settings: Settings;
  readonly scope: RequestScope;
}

/** Tells the server how many milliseconds an answer is worth waiting for. */
const DEADLINE_HEADER = "x-abacus-deadline-ms";

/** The most that the header may say: a day. */
const MOST_DEADLINE_MS = 86_400_000;

/** A successful answer. */
export interface Answer {
  readonly value: unknown;
  readonly status: number;
  readonly requestId: string | undefined;
  readonly attempts: number;
}

/**
 * Sends a request until there is an answer, a refusal that is not transient, no retry left, or no time
 * left for the next pause.
 *
 * @throws {RewardClientError} the last failure
 */
export async function askWithRetries(question: Question, context: CallContext): Promise<Answer> {
  const { scope, settings: { retries, random, maxRetryAfterMs } } = context;
  for (let attempts = 1;; attempts++) {
    // A request that was not sent is no attempt.
    if (scope.reason !== undefined) throw scope.reason.with({ attempts: attempts - 1 });
    try {
      return { ...await ask(question, context), attempts };
    } catch (thrown) {
      const error = asClientError(thrown).with({ attempts });
      const { retryAfterMs } = error;
      const pause = pauseMs({ attempts, random: random(), retryAfterMs, maxRetryAfterMs });
      const isLast = attempts > retries || pause >= scope.leftMs;
      if (!isTransient(error) || isLast || scope.reason !== undefined) throw error;
      // Where the scope ends meanwhile, the loop throws its reason.
      await scope.sleep(pause).catch(() => {});
    }
  }
}

/** Applies `read` to an answer, and adds the answer's details to its error. */
export function readAnswer<T>(answer: Answer, read: (value: unknown) => T): T {
  try {
    return read(answer.value);
  } catch (thrown) {
    const { requestId, attempts, status } = answer;
    throw asClientError(thrown).with({ status, requestId, attempts });
  }
}

/** Sends a request once. @throws {RewardClientError} */
async function ask(question: Question, context: CallContext): Promise<Omit<Answer, "attempts">> {
  const { scope, settings } = context;
  const response = await send(question, context);
  const { status, headers } = response;
  const requestId = headers.get("x-request-id") ?? undefined;
  const reading = { maxBytes: settings.maxBytesPerAnswer, scope };
  if (status === 200 || status === question.alsoReads) {
    try {
      const text = await readText(response, reading);
      return { value: parseJson(text, headers.get("content-type")), status, requestId };
    } catch (thrown) {
      throw asClientError(thrown).with({ status, requestId });
    }
  }
  // The status is enough where the body cannot be read.
  const text = await readText(response, reading).catch(() => "");
  if (scope.reason !== undefined) throw scope.reason;
  throw refusalOf({
    status,
    text,
    url: settings.url + question.path,
    location: headers.get("location"),
    requestId,
    retryAfterMs: readRetryAfter(headers.get("retry-after"), settings.clock.date()),
  });
}

/** Any thrown value as an error of the client. */
export function asClientError(thrown: unknown): RewardClientError {
  if (thrown instanceof RewardClientError) return thrown;
  const message = `Cannot read the answer as an unexpected error occurred: ${thrown}`;
  return new RewardClientError("protocol", message, { cause: thrown });
}

async function send({ method, path, body }: Question, context: CallContext): Promise<Response> {
  const { scope, settings: { url, apiKey, fetch } } = context;
  const headers: Record<string, string> = { accept: "application/json" };
  if (body !== undefined) {
    headers["content-type"] = "application/json";
    // What the call has no time for is refused at once, and work that nobody waits for is dropped.
    if (scope.leftMs <= MOST_DEADLINE_MS) headers[DEADLINE_HEADER] = wholeMs(scope.leftMs);
  }
  if (apiKey !== undefined) headers.authorization = `Bearer ${apiKey}`;
  const { signal } = scope;
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  try {
    return await scope.race(fetch(url + path, init));
  } catch (cause) {
    const message = `Cannot reach ${url}${path} as ${reasonOf(cause)}`;
    throw scope.reason ?? new RewardClientError("network", message, { cause });
  }
}

/** At least 1: a call that has no time left sends nothing. */
function wholeMs(ms: number): string {
  return String(Math.max(1, Math.ceil(ms)));
}

/** Node's message is only "fetch failed"; the reason is in the cause. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, cause } = thrown;
  return cause instanceof Error && cause.message !== "" ? `${message} (${cause.message})` : message;
}
