/**
 * Servers and time under the control of a test, without sockets.
 *
 * @module
 */

import { RewardClient, type RewardClientOptions } from "../../src/client/mod.ts";
import { fakeApp, type FakeAppOptions } from "../http/fake_app.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** One request as it was sent. */
export interface Sent {
  readonly url: string;
  readonly init: RequestInit;
  /** The body, parsed. */
  // deno-lint-ignore no-explicit-any -- tests look at whatever they sent
  readonly body: any;
}

/** What answers a request. */
export type Play = (sent: Sent) => Response | Promise<Response>;

/** A fetch that plays, and what it was asked. */
export interface PlayedFetch {
  readonly fetch: typeof fetch;
  readonly sent: readonly Sent[];
}

/** Plays one after another, then the last again and again. */
export function playing(...plays: readonly Play[]): PlayedFetch {
  const sent: Sent[] = [];
  const fetch = async (url: string | URL | Request, init: RequestInit = {}) => {
    const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const request = { url: String(url), init, body };
    const play = plays[Math.min(sent.length, plays.length - 1)];
    sent.push(request);
    if (play === undefined) throw new TypeError("Cannot answer as nothing is played");
    return await play(request);
  };
  return { fetch, sent };
}

/** Plays what the real app answers, over a fake model. */
export function app(options: FakeAppOptions = {}): Play {
  const { app } = fakeApp(options);
  return async ({ url, init }) => await app.request(url, init);
}

/** Plays an answer of the app whose JSON was meddled with. */
// deno-lint-ignore no-explicit-any -- tests break whatever there is
export function meddled(meddle: (reply: any) => unknown, options: FakeAppOptions = {}): Play {
  const play = app(options);
  return async (sent) => {
    const reply = await (await play(sent)).json();
    return json(meddle(reply) ?? reply);
  };
}

/** A value as an answer. */
export function json(value: unknown, init: ResponseInit = {}): Response {
  return Response.json(value, init);
}

/** An error as the server would write it. */
export function refusal(
  status: number,
  error: { kind: string; path?: string },
  headers: Record<string, string> = {},
): Response {
  const body = { message: `Cannot answer as planned: received ${error.path}`, request_id: "r1" };
  return json({ error: { ...body, ...error } }, { status, headers });
}

/** Plays a network that fails. */
export function broken(): never {
  throw new TypeError("fetch failed", { cause: new Error("ECONNRESET") });
}

/** Plays a server that never answers, and does not even heed the signal. */
export function silent(): Promise<Response> {
  return new Promise(() => {});
}

/** A client over plays, whose time stands still and whose jitter is a half. */
export function clientOver(
  { fetch }: PlayedFetch,
  options: Partial<RewardClientOptions> = {},
): { client: RewardClient; clock: FakeClock } {
  const clock = new FakeClock();
  const random = () => 0.5;
  const client = new RewardClient({ url: "http://rewards", fetch, clock, random, ...options });
  return { client, clock };
}

/** Lets time pass, step by step, until `work` is over; how it ended and when. */
export async function passTime<T>(
  clock: FakeClock,
  work: Promise<T>,
  { stepMs = 50 } = {},
): Promise<{ value?: T; error?: unknown; atMs: number }> {
  const outcome: { value?: T; error?: unknown; atMs?: number } = {};
  work.then(
    (value) => Object.assign(outcome, { value, atMs: clock.nowMs() }),
    (error) => Object.assign(outcome, { error, atMs: clock.nowMs() }),
  );
  for (let idle = 0; outcome.atMs === undefined; idle++) {
    await settled();
    if (outcome.atMs !== undefined) break;
    if (idle > 1_000) throw new Error("Cannot go on as nothing waits for the time to pass");
    if (clock.pending > 0) {
      clock.advance(stepMs);
      idle = 0;
    }
  }
  return { ...outcome, atMs: outcome.atMs };
}

/** Everything that can happen without time passing has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Items with one completion each, with different prompts. */
export function items(count: number): { prompt: string; completions: string[] }[] {
  return Array.from(
    { length: count },
    (_, i) => ({ prompt: `p${i}`, completions: [" a delight."] }),
  );
}
