/**
 * The client over the real app with a fake model, and over answers that were meddled with.
 *
 * @module
 */

import assert from "node:assert/strict";
import { type ItemRewards, RewardClient, RewardClientError } from "../../src/client/mod.ts";
import type { RewardItemInput } from "../../src/client/mod.ts";
import { fakeApp } from "../http/fake_app.ts";
import {
  app,
  broken,
  clientOver,
  items,
  json,
  meddled,
  passTime,
  type Play,
  playing,
  refusal,
  settled,
} from "./played.ts";

function kinds(outcomes: readonly (ItemRewards | RewardClientError)[]): string[] {
  return outcomes.map((each) => each instanceof RewardClientError ? each.kind : "scored");
}

Deno.test("many items come back in their order, the same as one by one", async () => {
  const play = app();
  const one = clientOver(playing(play), { maxItemsPerRequest: 1, concurrency: 1 }).client;
  const fetched = playing(play);
  const many = clientOver(fetched, { maxItemsPerRequest: 3, concurrency: 4 }).client;
  const asked = items(20);
  const [alone, together] = [await one.score(asked), await many.score(asked)];
  assert.deepEqual(together.items, alone.items);
  assert.equal(fetched.sent.length, 7);
  assert.deepEqual(together.usage.tokens, alone.usage.tokens);
  assert.equal(together.requests.reduce((sum, { items }) => sum + items, 0), 20);
  assert.equal(together.model, "fake-reward");
  assert.deepEqual(together.credit, { method: "abc", beta: 0.8 });
});

Deno.test("a call leaves nothing behind: no alarm, and nothing that hangs on the caller's signal", async () => {
  const { client, clock } = clientOver(playing(app()));
  const stop = new AbortController();
  const { signal } = stop;
  let listeners = 0;
  const { addEventListener: add, removeEventListener: remove } = signal;
  signal.addEventListener = (
    ...args: Parameters<typeof add>
  ) => (listeners++, add.apply(signal, args));
  signal.removeEventListener = (
    ...args: Parameters<typeof remove>
  ) => (listeners--, remove.apply(signal, args));
  await client.score(items(2), { signal });
  await client.scoreEach(items(2), { signal });
  await client.models({ signal });
  assert.equal(await client.ready({ signal }), true);
  assert.deepEqual([clock.pending, listeners], [0, 0]);
});

Deno.test("all three forms of items are scored, and JSON and base64 say the same", async () => {
  const asked: RewardItemInput[] = [
    { prompt: "The film was", completions: [" dull.", ""], token_spans: [[[0, 3], [3, 6]], []] },
    { messages: [{ role: "user", content: "Hi" }], completions: ["Grüß Gott 🎬"] },
    { prompt_ids: [1, 400, 401], completion_ids: [[402, 403], [404]] },
  ];
  const exact = await clientOver(playing(app()), { encoding: "json" }).client.score(asked);
  const { client } = clientOver(playing(app()));
  const rounded = await client.score(asked, { credit: { method: "abc" } });
  for (const [i, { completions }] of exact.items.entries()) {
    for (const [j, completion] of completions.entries()) {
      const other = rounded.items[i]!.completions[j]!;
      assert.deepEqual(other.rewards, completion.rewards.map(Math.fround));
      assert.equal(other.score, completion.score);
      assert.deepEqual(other.offsets, completion.offsets);
    }
  }
  assert.equal(rounded.items[0]!.completions[0]!.rewards.length, 2, "one per caller token");
});

Deno.test("what a call says goes before what its client says, and the rest is the server's", async () => {
  const fetched = playing(app());
  const { client } = clientOver(fetched, {
    credit: { method: "red", beta: 0.5 },
    model: "fake-reward",
  });
  const red = await client.score(items(1));
  assert.deepEqual(red.credit, { method: "red", beta: 0.5 });
  const uniform = await client.score(items(1), {
    credit: { method: "uniform" },
    truncate: "left",
    close: "eos",
  });
  assert.deepEqual(uniform.credit, { method: "uniform", beta: 0.8 });
  const { items: _, ...head } = fetched.sent[1]!.body;
  assert.deepEqual(head, {
    credit: { method: "uniform" },
    model: "fake-reward",
    truncate: "left",
    close: "eos",
    encoding: "base64",
  });
});

Deno.test("no more requests are under way than was said", async () => {
  const play = app();
  let [under, most] = [0, 0];
  const counting: Play = async (sent) => {
    most = Math.max(most, ++under);
    await settled();
    under--;
    return play(sent);
  };
  const { client } = clientOver(playing(counting), { maxItemsPerRequest: 1, concurrency: 3 });
  await client.score(items(10));
  assert.equal(most, 3);
});

Deno.test("an error of the second request names the place in the call", async () => {
  const asked = items(110);
  asked[105] = { prompt: "p", completions: [" fine", " word".repeat(100)] };
  const { client } = clientOver(playing(app()), { maxItemsPerRequest: 100 });
  await assert.rejects(client.score(asked), (error: RewardClientError) => {
    assert.deepEqual([error.kind, error.status, error.path, error.attempts], [
      "too_long",
      422,
      "items[105].completions[1]",
      1,
    ]);
    assert.match(error.requestId ?? "", /^[\w-]{8,}$/);
    return true;
  });
  asked[105] = { prompt: 7 as unknown as string, completions: ["x"] };
  await assert.rejects(client.score(asked), {
    kind: "invalid_request",
    path: "items[105].prompt",
    message: /as items\[105\]\.prompt must be a string: received 7$/,
  });
});

Deno.test("item by item, what fails costs no other item its rewards", async () => {
  const asked = items(12);
  asked[0] = { prompt: "p", completions: [] };
  asked[4] = { prompt: "p", completions: [" word".repeat(100)] };
  asked[5] = null as unknown as typeof asked[0];
  asked[11] = { prompt: "bad", completions: [" unlucky"] };
  const notFinite = (ids: Int32Array) => ids.length === 3;
  const { client } = clientOver(playing(app({ engine: { notFinite } })), { maxItemsPerRequest: 6 });
  const { items: outcomes, facts } = await client.scoreEach(asked);
  const expected: string[] = Array(12).fill("scored");
  expected[0] = expected[5] = "invalid_request";
  expected[4] = "too_long";
  expected[11] = "model_failure";
  assert.deepEqual(kinds(outcomes), expected);
  for (const [i, outcome] of outcomes.entries()) {
    if (outcome instanceof RewardClientError) assert.ok(outcome.path?.startsWith(`items[${i}]`));
  }
  const good = asked.filter((_, i) => expected[i] === "scored");
  const alone = await clientOver(playing(app())).client.score(good);
  assert.deepEqual(outcomes.filter((each) => !(each instanceof RewardClientError)), alone.items);
  assert.equal(facts?.model, "fake-reward");
});

Deno.test("item by item, a request that fails for good costs its own items only", async () => {
  const play = app();
  const failing: Play = (sent) => sent.body.items[0].prompt === "p2" ? broken() : play(sent);
  const { client, clock } = clientOver(playing(failing), { maxItemsPerRequest: 2, retries: 1 });
  const { value } = await passTime(clock, client.scoreEach(items(6)));
  assert.deepEqual(kinds(value!.items), [
    "scored",
    "scored",
    "network",
    "network",
    "scored",
    "scored",
  ]);
});

Deno.test("item by item, the end of the time is borne by what was not scored", async () => {
  const play = app();
  const slow: Play = (sent) =>
    sent.body.items[0].prompt === "p0" ? play(sent) : new Promise(() => {});
  const { client, clock } = clientOver(playing(slow), { maxItemsPerRequest: 1, concurrency: 1 });
  const { value, atMs } = await passTime(clock, client.scoreEach(items(4), { timeoutMs: 1_000 }));
  assert.deepEqual(kinds(value!.items), ["scored", "timeout", "timeout", "timeout"]);
  assert.equal(atMs, 1_000);
});

Deno.test("item by item, what concerns every item fails the call at once", async () => {
  const { client } = clientOver(playing(app()), { maxItemsPerRequest: 1, concurrency: 1 });
  await assert.rejects(client.scoreEach(items(3), { model: "other" }), { kind: "unknown_model" });
  await assert.rejects(client.scoreEach(items(3), { credit: { beta: 3 } }), {
    kind: "invalid_request",
    path: "credit.beta",
  });
  const keyed = playing(app({ settings: { apiKey: "sk-right" } }));
  await assert.rejects(clientOver(keyed, { apiKey: "sk-wrong" }).client.scoreEach(items(9)), {
    kind: "unauthorized",
    status: 401,
  });
  assert.equal(keyed.sent.length, 1);
  assert.equal(
    (await clientOver(keyed, { apiKey: "sk-right" }).client.score(items(9))).items.length,
    9,
  );
});

Deno.test("a request that is too large for what stands before the server is cut until it fits", async () => {
  const play = app();
  const narrow: Play = (sent) =>
    String(sent.init.body).length > 300 ? new Response("too large", { status: 413 }) : play(sent);
  const fetched = playing(narrow);
  const { items: scored } = await clientOver(fetched).client.score(items(16));
  assert.deepEqual(scored, (await clientOver(playing(play)).client.score(items(16))).items);
  assert.ok(fetched.sent.length > 4);
  const huge = items(3);
  huge[1] = { prompt: "x".repeat(300), completions: ["y"] };
  const { client } = clientOver(playing(narrow));
  await assert.rejects(client.score(huge), { kind: "too_large", status: 413 });
  const each = await client.scoreEach(huge);
  assert.deepEqual(kinds(each.items), ["scored", "too_large", "scored"]);
});

Deno.test("the first failure ends the requests that are under way", async () => {
  const signals: (AbortSignal | null | undefined)[] = [];
  const fetched = playing(({ body, init }) => {
    signals.push(init.signal);
    if (body.items[0].prompt !== "p1") return new Promise(() => {});
    return refusal(500, { kind: "model_failure", path: "items[0].completions[0]" });
  });
  const { client } = clientOver(fetched, { maxItemsPerRequest: 1, concurrency: 2 });
  await assert.rejects(client.score(items(9)), {
    kind: "model_failure",
    path: "items[1].completions[0]",
  });
  assert.equal(signals.length, 2);
  assert.ok(signals.every((signal) => signal?.aborted));
});

Deno.test("one budget covers all requests and retries of a call, and nothing is left of it", async () => {
  const { client, clock } = clientOver(playing(() => refusal(503, { kind: "overloaded" })), {
    retries: 1_000,
    timeoutMs: 90_000,
  });
  const { error, atMs } = await passTime(clock, client.score(items(3)), { stepMs: 500 });
  assert.equal((error as RewardClientError).kind, "overloaded");
  assert.ok((error as RewardClientError).attempts > 5);
  assert.ok(atMs <= 90_000);
  assert.equal(clock.pending, 0);
});

Deno.test("an abort ends the call with the caller's reason, whichever way items are scored", async () => {
  const { client, clock } = clientOver(playing(() => new Promise(() => {})));
  for (const how of ["score", "scoreEach"] as const) {
    const stop = new AbortController();
    const failed = assert.rejects(client[how](items(3), { signal: stop.signal }), {
      kind: "aborted",
      cause: "enough",
    });
    await settled();
    stop.abort("enough");
    await failed;
    assert.equal(clock.pending, 0);
  }
});

Deno.test("answers that cannot be right are refused, with their place in the call", async () => {
  const { client } = clientOver(
    playing(
      app(),
      meddled((reply) => {
        reply.items[1].completions[0].score += 1;
      }),
    ),
    { maxItemsPerRequest: 2, concurrency: 1 },
  );
  await assert.rejects(client.score(items(4)), {
    kind: "protocol",
    path: "items[3].completions[0].rewards",
    status: 200,
    attempts: 1,
  });
  const two = playing(app(), app({ model: { name: "newer" } }));
  const mixed = clientOver(two, { maxItemsPerRequest: 1, concurrency: 1 });
  await assert.rejects(mixed.client.score(items(2)), { kind: "protocol", message: /Cannot merge/ });
});

Deno.test("nothing to score is an error, for there is no model to tell of", async () => {
  const fetched = playing(app());
  await assert.rejects(clientOver(fetched).client.score([]), {
    kind: "invalid_request",
    path: "items",
  });
  assert.equal(fetched.sent.length, 0);
});

Deno.test("models are listed, and whether the server is ready", async () => {
  const { client } = clientOver(playing(app()));
  const [model] = await client.models();
  assert.deepEqual([model?.id, model?.limits.items], ["fake-reward", 4_096]);
  assert.equal(await client.ready(), true);
  const states = { loading: 503, draining: 503, failed: 503, of_a_newer_server: 503 };
  for (const [status, code] of Object.entries(states)) {
    const { client } = clientOver(playing(() => json({ status }, { status: code })));
    assert.equal(await client.ready(), false, status);
  }
  const page = () => new Response("<h1>Welcome</h1>", { headers: { "content-type": "text/html" } });
  await assert.rejects(clientOver(playing(page)).client.ready(), { kind: "protocol" });
  await assert.rejects(clientOver(playing(broken)).client.ready(), { kind: "network" });
  for (const status of [502, 503, 504]) {
    const proxy = () => new Response("no upstream", { status });
    assert.equal(await clientOver(playing(proxy)).client.ready(), false, String(status));
  }
});

Deno.test("a start is waited for, through silence and loading, and a failed one is not", async () => {
  const loading = () => json({ status: "loading" }, { status: 503 });
  const newer = () => json({ status: "of_a_newer_server" }, { status: 503 });
  const proxy = () => new Response("no upstream", { status: 503 });
  const fetched = playing(broken, proxy, loading, newer, app());
  const { client, clock } = clientOver(fetched);
  const { atMs } = await passTime(clock, client.untilReady({ intervalMs: 200 }));
  assert.deepEqual([fetched.sent.length, atMs], [5, 800]);
  const failed = clientOver(playing(() => json({ status: "failed" }, { status: 503 }))).client;
  await assert.rejects(failed.untilReady(), { kind: "model_failure", status: 503 });
  const never = clientOver(playing(loading));
  const { error } = await passTime(never.clock, never.client.untilReady({ timeoutMs: 5_000 }));
  assert.equal((error as RewardClientError).kind, "timeout");
});

Deno.test("a server that still loads is asked again when it said, and then scores", async () => {
  const { models } = fakeApp();
  const loaded = Promise.withResolvers<typeof models>();
  const fetched = playing(app({ models: loaded.promise }));
  const { client, clock } = clientOver(fetched);
  const scoring = client.score(items(2));
  while (clock.pending < 2) await settled();
  loaded.resolve(models);
  const { value, atMs } = await passTime(clock, scoring);
  assert.equal(value?.items.length, 2);
  assert.deepEqual(
    [fetched.sent.length, atMs],
    [2, 2_250],
    "two seconds of Retry-After, and the jitter",
  );
});

Deno.test("the platform's fetch is used where none is given", async () => {
  const client = new RewardClient({ url: "http://127.0.0.1:9", retries: 0 });
  await assert.rejects(client.score(items(1)), { kind: "network", attempts: 1 });
});
