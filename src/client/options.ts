/**
 * The options of a client, and their defaults.
 *
 * @module
 */

import type { RewardRequestInput } from "../wire/request.ts";
import { type ClientClock, machineClock } from "./clock.ts";

/** Options of {@linkcode RewardClient}. */
export interface RewardClientOptions {
  /** Where the server is, as in `http://127.0.0.1:8080`; a path before the API's own is kept. */
  readonly url: string | URL;
  /** The server's key, if it needs one. */
  readonly apiKey?: string | undefined;
  /** The model that must answer. @default whichever is loaded */
  readonly model?: string | undefined;
  /** The credit method. @default the server's: abc with beta 0.8 */
  readonly credit?: RewardRequestInput["credit"];
  /** How arrays are sent: `json` keeps float64, `base64` rounds to float32 in a third of the bytes. @default "base64" */
  readonly encoding?: "base64" | "json" | undefined;
  /** The most items of one request. @default 64 */
  readonly maxItemsPerRequest?: number | undefined;
  /** The most completions of one request; an item with more is sent alone. @default 1024 */
  readonly maxCompletionsPerRequest?: number | undefined;
  /** The most bytes of one request; a larger item is sent alone. @default 8_000_000 */
  readonly maxBytesPerRequest?: number | undefined;
  /** The most bytes of one answer, decompressed. @default 268_435_456 */
  readonly maxBytesPerAnswer?: number | undefined;
  /** The most requests of one call at a time. @default 4 */
  readonly concurrency?: number | undefined;
  /** How many times a failed request is sent again. @default 5 */
  readonly retries?: number | undefined;
  /** The longest pause that a server's `Retry-After` can ask for. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
  /** The timeout of a call with all its requests and retries; Infinity for none. @default 600_000 */
  readonly timeoutMs?: number | undefined;
  /** @default the platform's */
  readonly fetch?: typeof fetch | undefined;
  /** A random number in [0, 1), for the jitter of pauses. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** @default the machine's */
  readonly clock?: ClientClock | undefined;
}

/** Options without a default. */
type Optional = "apiKey" | "model" | "credit";

/** The options with their defaults. */
export type Settings =
  & Pick<RewardClientOptions, Optional>
  & {
    readonly [Key in Exclude<keyof RewardClientOptions, Optional>]: NonNullable<
      RewardClientOptions[Key]
    >;
  }
  & {
    /** Ends with a slash. */
    readonly url: string;
  };

/** Checks the options and adds the defaults. @throws {TypeError} that names the wrong option */
export function settingsOf(options: RewardClientOptions): Settings {
  const { encoding = "base64", apiKey, model, credit } = options;
  if (encoding !== "base64" && encoding !== "json") {
    throw wrong("encoding", "must be 'base64' or 'json'", encoding);
  }
  return {
    url: baseOf(options.url),
    apiKey: checkKey(apiKey),
    model,
    credit,
    encoding,
    maxItemsPerRequest: whole("maxItemsPerRequest", options.maxItemsPerRequest ?? 64),
    maxCompletionsPerRequest: whole(
      "maxCompletionsPerRequest",
      options.maxCompletionsPerRequest ?? 1_024,
    ),
    maxBytesPerRequest: whole("maxBytesPerRequest", options.maxBytesPerRequest ?? 8_000_000),
    maxBytesPerAnswer: whole("maxBytesPerAnswer", options.maxBytesPerAnswer ?? 2 ** 28),
    concurrency: whole("concurrency", options.concurrency ?? 4),
    retries: whole("retries", options.retries ?? 5, 0),
    maxRetryAfterMs: whole("maxRetryAfterMs", options.maxRetryAfterMs ?? 60_000, 0),
    timeoutMs: checkTimeout(options.timeoutMs ?? 600_000),
    // Not a bare reference: browsers refuse a fetch that is called as a method of another object.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    random: options.random ?? Math.random,
    clock: options.clock ?? machineClock,
  };
}

/** @throws {TypeError} unless `timeoutMs` is a positive number; Infinity is one */
export function checkTimeout(timeoutMs: number): number {
  if (timeoutMs > 0) return timeoutMs;
  throw wrong("timeoutMs", "must be a positive number of milliseconds", timeoutMs);
}

/** The address before the API's own paths, with a slash at its end. @throws {TypeError} for one that is none */
export function baseOf(url: string | URL): string {
  const base = parsed(url);
  if (base.protocol !== "http:" && base.protocol !== "https:") {
    throw wrong("url", "must begin with http: or https:", url);
  }
  if (base.username !== "" || base.password !== "") {
    throw wrong("url", "must not hold a password; give the key as apiKey", base.host);
  }
  base.search = base.hash = "";
  return base.href.endsWith("/") ? base.href : `${base.href}/`;
}

function parsed(url: string | URL): URL {
  try {
    return new URL(url);
  } catch {
    throw wrong("url", "must be an address such as http://127.0.0.1:8080", url);
  }
}

/** Otherwise fetch would refuse the header each time, as if the network had failed. */
function checkKey(apiKey: string | undefined): string | undefined {
  if (apiKey === undefined || /^[\x21-\x7e]+$/.test(apiKey)) return apiKey;
  // The key is not shown: it may be the right one with a line break at its end.
  throw wrong("apiKey", "must be of visible ASCII characters", `${apiKey.length} characters`);
}

function whole(name: string, value: number, least = 1): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw wrong(name, `must be an integer of at least ${least}`, value);
}

function wrong(name: string, fault: string, received: unknown): TypeError {
  return new TypeError(`Cannot make a client as '${name}' ${fault}: received ${String(received)}`);
}
