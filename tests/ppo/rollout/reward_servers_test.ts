import assert from "node:assert/strict";
import { RewardServers, type SendOptions } from "../../../src/ppo/rollout/reward_servers.ts";
import { FakeClock } from "../../support/fake_clock.ts";

const urls = ["http://a:1/api", "http://b:2", "http://c:3/"];

/** Servers whose answers a test gives; requests are listed by their addresses. */
function servers(options: SendOptions = {}) {
  const clock = new FakeClock();
  const asked: string[] = [];
  const waiting: PromiseWithResolvers<Response>[] = [];
  const told: string[] = [];
  const pool = new RewardServers(urls, {
    clock,
    onUnavailable: (url, reason) => told.push(`${url}: ${reason}`),
    fetch(input) {
      asked.push(String(input));
      waiting.push(Promise.withResolvers<Response>());
      return waiting.at(-1)!.promise;
    },
    ...options,
  });
  const ask = () => pool.fetch(`${pool.each[0]!.base}v1/rewards`, { method: "POST" });
  const settle = async (at: number, answer: number | Error) => {
    if (answer instanceof Error) waiting[at]!.reject(answer);
    else waiting[at]!.resolve(new Response("", { status: answer }));
    await Promise.allSettled([waiting[at]!.promise]);
    await new Promise((resolve) => setTimeout(resolve, 0)); // Whoever waits goes on.
  };
  return { pool, clock, asked, told, ask, settle };
}

Deno.test("requests go to the server with the least to do, in the order of the servers", async () => {
  const { asked, ask, settle } = servers();
  const all = [ask(), ask(), ask(), ask()];
  const [a, b, c] = ["http://a:1/api/v1/rewards", "http://b:2/v1/rewards", "http://c:3/v1/rewards"];
  assert.deepEqual(asked, [a, b, c, a]);
  await settle(1, 200);
  const next = ask();
  assert.deepEqual(asked.slice(4), [b]);
  for (const at of [0, 2, 3, 4]) await settle(at, 200);
  assert.deepEqual(
    (await Promise.all([...all, next])).map(({ status }) => status),
    Array(5).fill(200),
  );
});

Deno.test("a server that failed gets nothing for a while, unless all did, and is told of once", async () => {
  const { pool, clock, asked, told, ask, settle } = servers();
  const hosts = () => asked.map((url) => new URL(url).hostname).join("");
  const fail = async (answer: number | Error) => {
    const failing = ask();
    const settled = Promise.allSettled([failing]);
    await settle(asked.length - 1, answer);
    await settled;
  };
  await fail(new TypeError("fetch failed", { cause: new Error("refused") }));
  clock.advance(1);
  await fail(503);
  assert.deepEqual(told, ["http://a:1/api: fetch failed (refused)", "http://b:2: the status 503"]);
  assert.equal(pool.reason, "fetch failed (refused)");
  for (const answer of [200, 200, 502]) await fail(answer);
  assert.equal(hosts(), "abccc");
  await fail(504);
  assert.equal(hosts(), "abccca", "all are down: the one that failed longest ago");
  assert.equal(told.length, 3, "an outage is told once");
  clock.advance(10_000);
  const again = [ask(), ask(), ask()];
  assert.equal(hosts(), "abcccaabc");
  for (const at of [6, 7, 8]) await settle(at, 200);
  await Promise.all(again);
  assert.equal(pool.reason, undefined, "all answer again");
});

Deno.test("a server that does not answer in time has failed, and its request ends", async () => {
  let signal: AbortSignal | null | undefined;
  const { clock, told, ask } = servers({
    patienceMs: 100,
    fetch(_input, init) {
      signal = init?.signal;
      return new Promise(() => {});
    },
  });
  const waiting = assert.rejects(ask(), { message: "no answer in 100 ms" });
  clock.advance(100);
  await waiting;
  assert.equal(signal?.aborted, true);
  assert.deepEqual(told, ["http://a:1/api: no answer in 100 ms"]);
  assert.equal(clock.pending, 0);
});

Deno.test("a caller that gives up says nothing of the server", async () => {
  const { pool, told } = servers({
    patienceMs: 100,
    fetch: (_input, init) =>
      new Promise((_, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal!.reason));
      }),
  });
  const stop = new AbortController();
  const asked = pool.fetch(`${pool.each[0]!.base}v1/rewards`, { signal: stop.signal });
  stop.abort(new Error("enough"));
  await assert.rejects(asked, { message: "enough" });
  assert.deepEqual([told, pool.reason, pool.each[0]!.open], [[], undefined, 0]);
});

Deno.test("an address that is none is refused", () => {
  assert.throws(() => new RewardServers(["http://a:1", "nowhere"]), TypeError);
});
