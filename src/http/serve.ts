/**
 * The shell around the app: a listening socket, and its end. On the signal, requests in flight may
 * finish; those that are left after the limit are cut off. The socket stays open meanwhile, so that
 * callers hear from the app that the server ends, and probes that it is not ready.
 *
 * @module
 */

import { type Clock, systemClock } from "../batch/clock.ts";
import { AbacusError, messageOf } from "../errors.ts";
import type { Certificate } from "./certificate.ts";

/** What the app is given with each request. */
export interface ServeBindings {
  /** Aborted when the drain's limit has passed: requests in flight are answered at once. */
  readonly cutoff?: AbortSignal;
}

/** Anything that answers requests, such as a Hono app. */
export interface Fetcher {
  fetch(request: Request, bindings: ServeBindings): Response | Promise<Response>;
}

/** Where to listen and how to end. */
export interface ServeOptions {
  readonly hostname: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** For HTTPS; without one the server speaks HTTP. */
  readonly certificate?: Certificate | undefined;
  /** Begins the drain. The app should hold the same signal, so that `/readyz` says so. */
  readonly signal: AbortSignal;
  /** The most milliseconds that requests in flight may take once the drain began. @default {30_000} */
  readonly drainMs?: number;
  readonly clock?: Clock;
}

/** A server that listens. */
export interface HttpServer {
  /** As in `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Settles once the drain is over; whether every request in flight could finish. */
  readonly finished: Promise<{ readonly drained: boolean }>;
}

/**
 * Listens, and answers with `app` until the signal.
 *
 * @throws {AbacusError} `bad_usage` where the address cannot be listened on
 */
export function serveHttp(app: Fetcher, options: ServeOptions): HttpServer {
  const cutoff = new AbortController();
  const inFlight = new Set<Promise<void>>();
  const server = listen(options, (request, { completed }) => {
    const over = completed.catch(() => {}).finally(() => inFlight.delete(over));
    inFlight.add(over);
    return app.fetch(request, { cutoff: cutoff.signal });
  });
  const { port } = server.addr;
  const scheme = options.certificate === undefined ? "http" : "https";
  return {
    url: `${scheme}://${urlHost(options.hostname)}:${port}`,
    port,
    finished: drain({ server, cutoff, inFlight }, options),
  };
}

function listen(
  { hostname, port, certificate }: ServeOptions,
  handle: Deno.ServeHandler<Deno.NetAddr>,
) {
  try {
    const onListen = () => {}; // Deno prints a line otherwise.
    return Deno.serve({ hostname, port, ...certificate, onListen }, handle);
  } catch (cause) {
    throw cannotListen(`${urlHost(hostname)}:${port}`, cause);
  }
}

function cannotListen(address: string, cause: unknown): AbacusError {
  const reasons: readonly [new () => Error, string][] = [
    [Deno.errors.AddrInUse, "another program listens there (choose another with --port)"],
    [Deno.errors.AddrNotAvailable, "this machine has no such address (choose one with --host)"],
    [Deno.errors.PermissionDenied, "the system does not allow it (ports below 1024 need rights)"],
    [Deno.errors.NotCapable, "Deno was not given --allow-net for it"],
  ];
  const known = reasons.find(([type]) => cause instanceof type)?.[1];
  const reason = known ?? messageOf(cause);
  return new AbacusError("bad_usage", `Cannot listen as ${reason}: received ${address}`, { cause });
}

/** Time for the last answers after the cut-off; a caller that reads nothing must not hold up the end. */
const closeGraceMs = 1_000;

interface Draining {
  readonly server: Deno.HttpServer;
  readonly cutoff: AbortController;
  /** One for each request whose answer has not been sent. */
  readonly inFlight: ReadonlySet<Promise<void>>;
}

/**
 * Deno's shutdown breaks off every body that it has not read to its end (2.9), so it comes last. Requests
 * that come after the signal are not waited for: the app turns them away.
 */
async function drain(
  { server, cutoff, inFlight }: Draining,
  { signal, drainMs = 30_000, clock = systemClock }: ServeOptions,
): Promise<{ drained: boolean }> {
  await aborted(signal);
  const answered = Promise.all(inFlight);
  const drained = await within(answered, drainMs, clock);
  if (!drained) cutoff.abort();
  await within(server.shutdown(), closeGraceMs, clock);
  return { drained };
}

/** Whether `work` settles within `limitMs`. */
async function within(work: Promise<unknown>, limitMs: number, clock: Clock): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const cancel = clock.after(limitMs, () => resolve(false));
  const inTime = await Promise.race([work.then(() => true), late]);
  cancel();
  return inTime;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

/** A host as URLs write it: IPv6 in brackets, and a name that a browser can open for "all". */
function urlHost(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}
