/**
 * `fetch` as the hub needs it: with the token, with patience, and with errors that say what is wrong.
 *
 * It is handed to the hub's own library, and used for the files themselves.
 *
 * @module
 */

import { busyHub, failedPull, type HubPlace, refusal, stoppedPull } from "./hub_error.ts";
import { IDLE_MS, Stalled, within } from "./idle.ts";
import {
  backoffMs,
  LONGEST_WAIT_MS,
  MOST_TRIES,
  retryAfterMs,
  type Sleep,
  sleep as realSleep,
} from "./patience.ts";

/** How the hub is reached. */
export interface HubFetchOptions extends HubPlace {
  readonly token?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** @default {the machine's clock} */
  readonly sleep?: Sleep | undefined;
  /** Silence after which a connection counts as dead. @default {60,000} */
  readonly idleMs?: number | undefined;
}

/** How often a hub is called that has not answered yet. */
const TRIES_TO_REACH = 2;

const tryAgain: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * A `fetch` that resolves with a success, or with 416 for a range behind the end.
 *
 * It tries again where the hub is busy or the connection breaks, waiting as long as the hub says.
 * The token goes to the hub alone, never to a host that it redirects or links to.
 *
 * The promise rejects with an {@linkcode AbacusError}: `unknown_model`, `unauthorized`, `overloaded`,
 * `cancelled`, or `bad_model` where the hub cannot be reached.
 */
export function hubFetch(options: HubFetchOptions): typeof fetch {
  const { signal, sleep = realSleep } = options;
  // Somebody without a network is told soon; a network that was there may come back.
  let reached = false;
  return async (input, init) => {
    const request = new Request(input, init);
    authorize(request, options);
    for (let tries = 1;; tries++) {
      const outcome = await attempt(request, options);
      reached ||= outcome instanceof Response;
      const last = tries >= (reached ? MOST_TRIES : TRIES_TO_REACH);
      if (outcome instanceof Response && (outcome.ok || outcome.status === 416)) return outcome;
      const pauseMs = await pauseAfter(outcome, { tries, last, options });
      await sleep(pauseMs, signal).catch((reason) => {
        throw stoppedPull(reason);
      });
    }
  };
}

function authorize(request: Request, { token, hubUrl }: HubFetchOptions): void {
  const own = new URL(request.url).origin === new URL(hubUrl).origin;
  if (token !== undefined && own) request.headers.set("Authorization", `Bearer ${token}`);
  // A compressed answer has neither the listed size nor ranges.
  request.headers.set("Accept-Encoding", "identity");
}

/** The answer, or why there is none. */
async function attempt(request: Request, options: HubFetchOptions): Promise<Response | Error> {
  const { signal, idleMs = IDLE_MS } = options;
  if (signal?.aborted) throw stoppedPull(signal.reason);
  const silence = new AbortController();
  const signals = signal === undefined ? [silence.signal] : [silence.signal, signal];
  const init = { signal: AbortSignal.any(signals) };
  try {
    return await within(fetch(request.clone(), init), idleMs);
  } catch (error) {
    if (signal?.aborted) throw stoppedPull(signal.reason);
    if (error instanceof Stalled) silence.abort(error);
    return error as Error;
  }
}

/** How long to wait before the next try; throws where there is to be none. */
async function pauseAfter(
  outcome: Response | Error,
  { tries, last, options }: { tries: number; last: boolean; options: HubFetchOptions },
): Promise<number> {
  if (outcome instanceof Error) {
    if (!last) return backoffMs(tries);
    throw failedPull(`${options.hubUrl} cannot be reached`, reasonOf(outcome), outcome);
  }
  await outcome.body?.cancel();
  if (!tryAgain.has(outcome.status)) throw refusal(outcome, options);
  const askedMs = retryAfterMs(outcome.headers, Date.now());
  if (last || (askedMs ?? 0) > LONGEST_WAIT_MS) {
    throw busyHub(outcome, options, askedMs === undefined ? undefined : askedMs / 1_000);
  }
  return askedMs ?? backoffMs(tries);
}

/**
 * The innermost message: `fetch failed` alone tells nobody that a name could not be resolved. Without
 * the URL, whose query is long and whose host stands in the error already.
 */
function reasonOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return reasonOf(cause);
  return error.message.replace(/^error sending request for url \(.*?\): /, "");
}
