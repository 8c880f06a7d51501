/**
 * `fetch` for the hub: with the token, repeated attempts, and errors that say what is wrong.
 *
 * Both the hub's own library and the transfer of files use it.
 *
 * @module
 */

import {
  backoffMs,
  IDLE_TIMEOUT_MS,
  LONGEST_PAUSE_MS,
  MAX_ATTEMPTS,
  retryAfterMs,
  sleep as realSleep,
  type WaitOptions,
  withTimeout,
} from "./backoff.ts";
import { busyHub, failedPull, type HubPlace, refusal, stoppedPull } from "./hub_error.ts";

/** How the hub is reached. */
export interface HubFetchOptions extends HubPlace, WaitOptions {
  readonly token?: string | undefined;
}

/** Attempts at a hub that has not answered yet: without a network, the error should come soon. */
const FIRST_ATTEMPTS = 2;

/** Statuses that another attempt may change. */
const transient: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * A `fetch` that resolves with a success, or with 416 for a range beyond the end of the file.
 *
 * It repeats a request where the hub is busy or the connection breaks, and waits as long as the hub
 * asks. The token is sent to the hub only, never to a host that the hub redirects or links to.
 *
 * The promise rejects with an {@linkcode AbacusError}: `unknown_model`, `unauthorized`, `overloaded`,
 * `cancelled`, or `bad_model` where the hub cannot be reached.
 */
export function hubFetch(options: HubFetchOptions): typeof fetch {
  const { signal, sleep = realSleep } = options;
  let reached = false;
  return async (input, init) => {
    const request = new Request(input, init);
    authorize(request, options);
    for (let attempts = 1;; attempts++) {
      const outcome = await attempt(request, options);
      reached ||= outcome instanceof Response;
      const last = attempts >= (reached ? MAX_ATTEMPTS : FIRST_ATTEMPTS);
      if (outcome instanceof Response && (outcome.ok || outcome.status === 416)) return outcome;
      const pauseMs = await pauseAfter(outcome, { attempts, last, options });
      await sleep(pauseMs, signal).catch((reason) => {
        throw stoppedPull(reason);
      });
    }
  };
}

function authorize(request: Request, { token, hubUrl }: HubFetchOptions): void {
  const own = new URL(request.url).origin === new URL(hubUrl).origin;
  if (token !== undefined && own) request.headers.set("Authorization", `Bearer ${token}`);
  // A compressed body has another size than the hub lists, and no ranges.
  request.headers.set("Accept-Encoding", "identity");
}

/** The response, or the error of the connection. */
async function attempt(request: Request, options: HubFetchOptions): Promise<Response | Error> {
  const { signal, idleTimeoutMs = IDLE_TIMEOUT_MS } = options;
  if (signal?.aborted) throw stoppedPull(signal.reason);
  const silence = new AbortController();
  const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
  const init = { signal: AbortSignal.any(signals) };
  try {
    return await withTimeout(fetch(request.clone(), init), idleTimeoutMs);
  } catch (error) {
    if (signal?.aborted) throw stoppedPull(signal.reason);
    silence.abort(error);
    return error as Error;
  }
}

/** The pause before the next attempt; throws where there is none. */
async function pauseAfter(
  outcome: Response | Error,
  { attempts, last, options }: { attempts: number; last: boolean; options: HubFetchOptions },
): Promise<number> {
  if (outcome instanceof Error) {
    if (!last) return backoffMs(attempts);
    throw failedPull(`${options.hubUrl} cannot be reached`, reasonOf(outcome), outcome);
  }
  await outcome.body?.cancel();
  if (!transient.has(outcome.status)) throw refusal(outcome, options);
  const askedMs = retryAfterMs(outcome.headers, Date.now());
  if (last || (askedMs ?? 0) > LONGEST_PAUSE_MS) {
    throw busyHub(outcome, options, askedMs === undefined ? undefined : askedMs / 1_000);
  }
  return askedMs ?? backoffMs(attempts);
}

/**
 * The innermost message: `fetch failed` does not say that a name could not be resolved. Without the
 * URL, whose query is long and whose host is in the error already.
 */
function reasonOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return reasonOf(cause);
  return error.message.replace(/^error sending request for url \(.*?\): /, "");
}
