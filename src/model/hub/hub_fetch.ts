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
  return async (input, init) => {
    const request = new Request(input, init);
    authorize(request, options);
    for (let tries = 1;; tries++) {
      const outcome = await attempt(request, options);
      if (outcome instanceof Response && (outcome.ok || outcome.status === 416)) return outcome;
      const pauseMs = await pauseAfter(outcome, { tries, options });
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
  { tries, options }: { tries: number; options: HubFetchOptions },
): Promise<number> {
  if (outcome instanceof Error) {
    if (tries < MOST_TRIES) return backoffMs(tries);
    throw failedPull(`${options.hubUrl} cannot be reached`, reasonOf(outcome), outcome);
  }
  await outcome.body?.cancel();
  if (!tryAgain.has(outcome.status)) throw refusal(outcome, options);
  const askedMs = retryAfterMs(outcome.headers, Date.now());
  if (tries >= MOST_TRIES || (askedMs ?? 0) > LONGEST_WAIT_MS) {
    throw busyHub(outcome, options, askedMs === undefined ? undefined : askedMs / 1_000);
  }
  return askedMs ?? backoffMs(tries);
}

/** The innermost message: `fetch failed` alone tells nobody that a name could not be resolved. */
function reasonOf(error: Error): string {
  const { cause } = error;
  return cause instanceof Error ? reasonOf(cause) : error.message;
}
