/**
 * Reward servers: several that serve one model, as one server to a client. A request goes to the server with
 * the least to do, and when the client sends one again that failed, to another.
 *
 * @module
 */

import { type ClientClock, machineClock } from "../../client/clock.ts";
import { baseOf } from "../../client/options.ts";
import { messageOf } from "../../errors.ts";

/** How long a server that failed gets nothing while others live. */
const DOWN_MS = 10_000;

/** Statuses of a server that is starting, and of a proxy without one. */
export const unavailable: ReadonlySet<number> = new Set([502, 503, 504]);

/** How requests are sent. */
export interface SendOptions {
  /**
   * How long a server may take for an answer before the request counts as failed.
   *
   * @default as long as the client waits
   */
  readonly patienceMs?: number | undefined;
  /** Called with the reason when a server becomes unavailable; once per outage. */
  readonly onUnavailable?: ((url: string, reason: string) => void) | undefined;
  /** @default the platform's */
  readonly fetch?: typeof fetch | undefined;
  /** @default the machine's */
  readonly clock?: ClientClock;
}

/** See the module. */
export class RewardServers {
  /** In the order that they were given; at least one. */
  readonly each: readonly RewardServer[];
  readonly #clock: ClientClock;

  /** @throws {TypeError} for an address that is none */
  constructor(urls: readonly string[], options: SendOptions = {}) {
    this.#clock = options.clock ?? machineClock;
    this.each = urls.map((url) => new RewardServer(url, options));
  }

  /** Why a server did not answer last; undefined if all did. */
  get reason(): string | undefined {
    return this.each.find(({ reason }) => reason !== undefined)?.reason;
  }

  /** Sends what is addressed to the first server to any of them. */
  readonly fetch: typeof fetch = async (input, init) => {
    const path = String(input).slice(this.each[0]!.base.length);
    const server = this.#next();
    return await server.fetch(server.base + path, init);
  };

  /** One that lives before one that failed; then that with the least to do, or that failed longest ago. */
  #next(): RewardServer {
    const nowMs = this.#clock.nowMs();
    const isDown = ({ failedMs }: RewardServer) => Number(nowMs - failedMs < DOWN_MS);
    const [next] = this.each.toSorted((a, b) =>
      isDown(a) - isDown(b) || a.open - b.open || compare(a.failedMs, b.failedMs)
    );
    return next!;
  }
}

/** One server, and whether it answers. */
export class RewardServer {
  /** As it was given. */
  readonly url: string;
  /** Ends with a slash. */
  readonly base: string;
  /** Requests that it has not answered yet. */
  open = 0;
  /** When it failed last, unless it has answered since. */
  failedMs = -Infinity;
  /** Why the last request had no answer; undefined if it had one. */
  reason: string | undefined;
  readonly #options: SendOptions;

  /** @throws {TypeError} for an address that is none */
  constructor(url: string, options: SendOptions = {}) {
    this.url = url;
    this.base = baseOf(url);
    this.#options = options;
  }

  /** The same `fetch`, observed. */
  readonly fetch: typeof fetch = async (input, init) => {
    this.open++;
    try {
      const response = await this.#send(input, init);
      const { status } = response;
      this.#heard(unavailable.has(status) ? `the status ${status}` : undefined);
      return response;
    } catch (error) {
      // A caller that has enough says nothing of the server.
      if (init?.signal?.aborted !== true) this.#heard(reasonOf(error));
      throw error;
    } finally {
      this.open--;
    }
  };

  async #send(...[input, init = {}]: Parameters<typeof fetch>): Promise<Response> {
    const { fetch: send = fetch, patienceMs, clock = machineClock } = this.#options;
    if (patienceMs === undefined) return await send(input, init);
    const late = Promise.withResolvers<never>();
    const patience = new AbortController();
    const cancel = clock.after(patienceMs, () => {
      const reason = new Error(`no answer in ${patienceMs} ms`);
      late.reject(reason);
      patience.abort(reason);
    });
    const signals = [patience.signal, init.signal ?? []].flat();
    const sent = send(input, { ...init, signal: AbortSignal.any(signals) });
    return await Promise.race([sent, late.promise]).finally(cancel);
  }

  #heard(reason: string | undefined): void {
    const { clock = machineClock, onUnavailable } = this.#options;
    this.failedMs = reason === undefined ? -Infinity : clock.nowMs();
    const isNews = reason !== undefined && this.reason === undefined;
    this.reason = reason;
    if (isNews) onUnavailable?.(this.url, reason);
  }
}

/** Includes the cause, as some platforms say only "fetch failed" in the message. */
function reasonOf(error: unknown): string {
  const message = messageOf(error);
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && !message.includes(cause.message)
    ? `${message} (${reasonOf(cause)})`
    : message;
}

/** For times, which may be infinite: their difference may be no number. */
function compare(a: number, b: number): number {
  return Number(a > b) - Number(a < b);
}
