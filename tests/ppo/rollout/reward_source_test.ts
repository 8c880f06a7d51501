import assert from "node:assert/strict";
import { Batcher } from "../../../src/batch/batcher.ts";
import { serveMixture } from "../../../src/cli/mixtures.ts";
import type { ServedModel } from "../../../src/http/backend.ts";
import { ModelSet } from "../../../src/model/model_set.ts";
import { createScorer } from "../../../src/scorer/scorer.ts";
import type { CompletionText, PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import {
  openRewardSource,
  type RewardSourceOptions,
} from "../../../src/ppo/rollout/reward_source.ts";
import { fakeApp, type FakeAppOptions } from "../../http/fake_app.ts";
import { FakeEngine } from "../../support/fake_engine.ts";
import { fakeModel } from "../../support/fake_model.ts";

/** A completion whose tokens are single characters. */
function letters(prompt: string, completion: string): CompletionText {
  const pieces = Array.from(completion);
  return { prompt, completion, pieces, spans: pieces.map((_, i) => [i, i + 1] as const) };
}

/** A fake server with its requests, and options for a source that uses it. */
function source(options: FakeAppOptions = {}, more: Partial<RewardSourceOptions> = {}) {
  const { app } = fakeApp(options);
  const bodies: Record<string, unknown>[] = [];
  const ask: typeof fetch = async (input, init) => {
    if (typeof init?.body === "string") bodies.push(JSON.parse(init.body));
    return await app.request(input as string, init);
  };
  const server: RewardSourceOptions = {
    urls: ["http://127.0.0.1:8080"],
    credit: { method: "abc", beta: 0.8 },
    timeoutMs: 60_000,
    fetch: ask,
    ...more,
  };
  return { server, bodies, ask };
}

const texts = [letters("The film", " was good"), letters("A", "b"), letters("The", " end")];

Deno.test("completions get a score and a reward for each of the policy's tokens", async () => {
  const { server, bodies } = source();
  const rewards = await openRewardSource(server);
  assert.equal(rewards.model, "fake-reward");
  const found = await rewards.fetchRewards(texts);
  assert.equal(found.length, 3);
  for (const [i, { score, perToken, responseMass }] of found.entries()) {
    assert.equal(perToken.length, texts[i]!.pieces.length);
    assert.ok(Math.abs(perToken.reduce((a, b) => a + b, 0) - score) < 1e-5);
    assert.ok(responseMass > 0 && responseMass <= 1);
  }
  assert.deepEqual(bodies.map(({ credit }) => credit), [{ method: "abc", beta: 0.8 }]);
  const alone = await rewards.fetchRewards([texts[1]!]);
  assert.equal(alone[0]!.score, found[1]!.score, "the order is that of the request");
});

Deno.test("requests of a large step are made one after the other, so that it is reproducible", async () => {
  const { server, bodies, ask } = source();
  let [under, most] = [0, 0];
  const rewards = await openRewardSource({
    ...server,
    fetch: async (input, init) => {
      most = Math.max(most, ++under);
      try {
        return await ask(input, init);
      } finally {
        under--;
      }
    },
  });
  const many = Array.from({ length: 130 }, (_, i) => letters(`The ${i}`, " end"));
  assert.equal((await rewards.fetchRewards(many)).length, 130);
  assert.deepEqual([most, bodies.length], [1, 3]);
});

Deno.test("credit by the policy's own attention requests scores only", async () => {
  const { server, bodies } = source({}, { credit: { method: "abcd", beta: 0.5 } });
  const [first] = await (await openRewardSource(server)).fetchRewards(texts);
  assert.deepEqual(bodies.map(({ credit }) => credit), [{ method: "terminal", beta: 0.5 }]);
  assert.equal(first!.responseMass, 1, "no attention was read");
});

Deno.test("texts are closed where that is asked for, and else as the server closes them", async () => {
  const telling = { send: "text", ends: true, close: "eos" } as const;
  const { server, bodies } = source({}, { telling });
  const [closed] = await (await openRewardSource(server)).fetchRewards(texts);
  const { server: plain, bodies: plainBodies } = source();
  await (await openRewardSource(plain)).fetchRewards(texts);
  assert.deepEqual([bodies[0]?.close, plainBodies[0]?.close], ["eos", undefined]);
  assert.equal(closed!.perToken.length, texts[0]!.pieces.length);
});

Deno.test("a method that the model does not support is refused before training", async () => {
  const credit = { method: "red", beta: 1 } as const;
  const { server, bodies } = source({ model: { attention: "bidirectional" } }, { credit });
  await assert.rejects(openRewardSource(server), {
    kind: "bad_usage",
    message:
      /^Cannot train as the server's model fake-reward gives credit by abc, .* only, which --credit chooses from: received red$/,
  });
  assert.deepEqual(bodies, []);
});

Deno.test("an invalid address or key is bad_usage", async () => {
  for (const wrong of [{ urls: ["nowhere"] }, { urls: ["ftp://a"] }, { apiKey: "a\nb" }]) {
    await assert.rejects(openRewardSource({ ...source().server, ...wrong }), {
      kind: "bad_usage",
      message: /^Cannot use a reward server as .*: received /,
    });
  }
});

Deno.test("a refusal of the server stops the run at once, with its reason and path", async () => {
  const { server } = source({ model: { context: 8 } });
  const rewards = await openRewardSource(server);
  await assert.rejects(rewards.fetchRewards([texts[0]!, letters("a ".repeat(20), "b")]), {
    kind: "training_failed",
    message:
      /^Cannot get rewards as http:\/\/127\.0\.0\.1:8080 refused \(too_long\): received Cannot score as .* reads at most 8 tokens/,
    path: /^items\[1\]/,
  });
});

Deno.test("the API key is sent", async () => {
  const options = { settings: { apiKey: "secret" } } as unknown as FakeAppOptions;
  const { server } = source(options, { apiKey: "secret" });
  assert.equal((await (await openRewardSource(server)).fetchRewards(texts)).length, 3);
  await assert.rejects(openRewardSource({ ...server, apiKey: undefined }), {
    kind: "training_failed",
    message: /refused \(unauthorized\)/,
  });
});

/** A `fetch` that fails with an error or a status while `gone` returns one. */
function interrupted(ask: typeof fetch, gone: () => Error | number | undefined): typeof fetch {
  return async (input, init) => {
    const trouble = gone();
    if (trouble instanceof Error) throw trouble;
    if (trouble !== undefined) return new Response("", { status: trouble });
    return await ask(input, init);
  };
}

Deno.test("a server that is unavailable for a while is retried, and each outage is reported once", async () => {
  const { server, ask } = source();
  let calls = 0;
  const outages: string[] = [];
  const away = new Set([3, 4, 6]); // after /readyz and /v1/models
  const rewards = await openRewardSource({
    ...server,
    onUnavailable: (_url, reason) => outages.push(reason),
    fetch: interrupted(ask, () => {
      if (!away.has(++calls)) return undefined;
      return calls === 6 ? 503 : new Error(`away at ${calls}`);
    }),
  });
  assert.equal((await rewards.fetchRewards(texts)).length, 3);
  assert.equal((await rewards.fetchRewards(texts)).length, 3);
  assert.deepEqual(outages, ["away at 3", "the status 503"]);
});

Deno.test("a proxy without its server is retried like the server itself", async () => {
  const { server, ask } = source();
  let calls = 0;
  const outages: string[] = [];
  const rewards = await openRewardSource({
    ...server,
    onUnavailable: (_url, reason) => outages.push(reason),
    fetch: interrupted(ask, () => [1, 4].includes(++calls) ? 502 : undefined),
  });
  assert.equal((await rewards.fetchRewards(texts)).length, 3);
  assert.deepEqual(outages, ["the status 502", "the status 502"]);
});

Deno.test("a server whose model failed to load is not reported as unavailable", async () => {
  const failed = () => Promise.resolve(Response.json({ status: "failed" }, { status: 503 }));
  await assert.rejects(openRewardSource({ ...source().server, fetch: failed }), {
    kind: "training_failed",
    message:
      /refused \(model_failure\): received Cannot wait as the server's model failed to load$/,
  });
});

Deno.test("retries stop at the timeout, and the last reason is reported", async () => {
  const { server, ask } = source();
  let gone = false;
  const rewards = await openRewardSource({
    ...server,
    timeoutMs: 400,
    fetch: interrupted(ask, () => gone ? new Error("connection refused") : undefined),
  });
  gone = true;
  const startMs = performance.now();
  await assert.rejects(rewards.fetchRewards(texts), {
    kind: "training_failed",
    message: "Cannot get rewards as http://127.0.0.1:8080 gave no answer in 400 ms: " +
      "received connection refused",
  });
  assert.ok(performance.now() - startMs < 5_000);
  gone = false;
  assert.equal((await rewards.fetchRewards(texts)).length, 3, "and requests work again afterwards");
});

Deno.test("a server that hangs is given up at the timeout", async () => {
  const { server } = source();
  const fetch: RewardSourceOptions["fetch"] = () => new Promise<Response>(() => {});
  await assert.rejects(openRewardSource({ ...server, timeoutMs: 100, fetch }), {
    kind: "training_failed",
    message: /gave no answer in 100 ms: received nothing$/,
  });
});

Deno.test("a signal aborts the wait for the server and for its rewards", async () => {
  const { server, ask } = source();
  const stop = new AbortController();
  const absent = interrupted(ask, () => new Error("away"));
  const silent = {
    ...server,
    fetch: absent,
    signal: stop.signal,
    onUnavailable: () => stop.abort(),
  };
  const stopped = "Cannot get rewards as the run was stopped while it waited for " +
    "http://127.0.0.1:8080: received ";
  await assert.rejects(openRewardSource(silent), {
    kind: "cancelled",
    message: `${stopped}away`,
  });
  const rewards = await openRewardSource(server);
  await assert.rejects(rewards.fetchRewards(texts, AbortSignal.abort()), {
    kind: "cancelled",
    message: `${stopped}no answer yet`,
  });
});

Deno.test("the reason of a failed connection is found in the error's cause", async () => {
  const { server, ask } = source();
  const outages: string[] = [];
  for (
    const [message, cause] of [
      ["fetch failed", "connect ECONNREFUSED 127.0.0.1:8080"],
      ["refused: not there", "not there"],
    ] as const
  ) {
    const reasons = [new TypeError(message, { cause: new Error(cause) })];
    await openRewardSource({
      ...server,
      onUnavailable: (_url, reason) => outages.push(reason),
      fetch: interrupted(ask, () => reasons.pop()),
    });
  }
  assert.deepEqual(outages, [
    "fetch failed (connect ECONNREFUSED 127.0.0.1:8080)",
    "refused: not there",
  ]);
});

Deno.test("an empty completion and an EOS token have spans, too", async () => {
  const { server } = source();
  const ended: Awaited<ReturnType<PolicyText["decode"]>>[number] = {
    prompt: "The",
    completion: " end",
    pieces: [" end", ""],
    spans: [[0, 4], [4, 4]],
  };
  const empty = { prompt: "The", completion: "", pieces: [""], spans: [[0, 0]] as const };
  const [one, two] = await (await openRewardSource(server)).fetchRewards([ended, empty]);
  assert.equal(one!.perToken.length, 2);
  assert.equal(two!.perToken.length, 1);
  assert.ok(Math.abs(two!.perToken[0]! - two!.score) < 1e-5);
});

Deno.test("the server is told a conversation as messages, and a text with special tokens as it is", async () => {
  const { server, bodies } = source();
  const messages = [{ role: "user", content: "Hi" }];
  const rewards = await openRewardSource(server);
  await rewards.fetchRewards([
    { ...letters("Hi", "Ho"), given: { messages } },
    { ...letters("Hi", "Ho"), given: { prompt: "<s>Hi" } },
    letters("Hi", "Ho"),
  ]);
  const items = bodies[0]!["items"] as Record<string, unknown>[];
  assert.deepEqual(items.map(({ prompt, messages }) => prompt ?? messages), [
    messages,
    "<s>Hi",
    "Hi",
  ]);
});

/** A completion of letters that the policy ended. */
function ended(prompt: string, completion: string): CompletionText {
  const { pieces, spans, ...text } = letters(prompt, completion);
  const { length } = pieces;
  return { ...text, pieces: [...pieces, ""], spans: [...spans, [length, length]], ended: true };
}

/** Attention of the position that is read on itself alone, which is the last one. */
const onTheEnd = (ids: Int32Array) => Array.from(ids, (_, at) => Number(at === ids.length - 1));

Deno.test("the server sees that the policy ended a text, and the end token is paid for it", async () => {
  const credit = { method: "abc", beta: 1 } as const;
  const engine = { attention: onTheEnd };
  const told = source({ engine }, { credit, telling: { send: "text", ends: true } });
  const untold = source({ engine }, { credit, telling: { send: "text", ends: false } });
  const both = [ended("The film", " ok"), letters("The film", " ok")];
  const [whole, cut] = await (await openRewardSource(told.server)).fetchRewards(both);
  assert.deepEqual(told.bodies.map(({ close }) => close), ["eos", undefined]);
  assert.deepEqual([...whole!.perToken], [0, 0, 0, whole!.score], "all attention is on the end");
  const [without] = await (await openRewardSource(untold.server)).fetchRewards(both);
  assert.deepEqual(untold.bodies.map(({ close }) => close), [undefined]);
  assert.equal(without!.score, cut!.score, "the model was told the same of both");
  assert.notEqual(whole!.score, without!.score);
  assert.equal(without!.perToken.at(-1), 0, "and paid what it read");
});

Deno.test("ids are sent to a model of the policy's tokenizer, and every token has its own reward", async () => {
  const tokenizer = { digest: "d", head: Int32Array.of(), opening: Int32Array.of(0), tail: 0 };
  const telling = { send: "auto", ends: true } as const;
  const engine = { attention: onTheEnd };
  const { server, bodies } = source({ model: { digest: "d" }, engine }, { telling, tokenizer });
  const rewards = await openRewardSource(server);
  assert.equal(rewards.takesIds, true);
  const tokens = { ids: Int32Array.of(0, 300, 301, 302, 1), promptLength: 2 };
  const [found] = await rewards.fetchRewards([{ ...ended("The", "ab"), tokens }]);
  assert.deepEqual(bodies[0]?.items, [{ prompt_ids: [300], completion_ids: [[301, 302, 1]] }]);
  assert.deepEqual([...found!.perToken], [0, 0, found!.score]);
  const other = { ...server, tokenizer: { ...tokenizer, digest: "e" } };
  assert.equal((await openRewardSource(other)).takesIds, false);
});

/** Two servers of one model, each with the number of completions of every request that it got. */
function twoServers(gone: (url: string) => boolean = () => false) {
  const apps = new Map(["http://a:1", "http://b:2"].map((url) => [url, source()] as const));
  const sizes: Record<string, number[]> = {};
  const told: string[] = [];
  const options: RewardSourceOptions = {
    ...source().server,
    urls: [...apps.keys()],
    onUnavailable: (url, reason) => told.push(`${url}: ${reason}`),
    async fetch(input, init) {
      const { origin, pathname } = new URL(String(input));
      if (gone(origin)) throw new Error("gone");
      if (pathname === "/v1/rewards") {
        (sizes[origin] ??= []).push(JSON.parse(String(init?.body)).items.length);
      }
      return await apps.get(origin)!.ask(input, init);
    },
  };
  return { options, sizes, told };
}

const ten = Array.from({ length: 10 }, (_, i) => letters(`The ${i}`, " end"));

Deno.test("a step's completions are divided among several servers, and come back in their order", async () => {
  const { options, sizes } = twoServers();
  const rewards = await openRewardSource(options);
  assert.deepEqual(sizes, { "http://a:1": [1], "http://b:2": [1] }, "one item to compare them");
  const found = await rewards.fetchRewards(ten);
  assert.deepEqual(sizes, { "http://a:1": [1, 5], "http://b:2": [1, 5] });
  const alone = await (await openRewardSource(source().server)).fetchRewards(ten);
  assert.deepEqual(found, alone);
});

Deno.test("each server has as many requests at a time as it may", async () => {
  const { options, sizes } = twoServers();
  const rewards = await openRewardSource({ ...options, requestsInFlight: 2 });
  const found = await rewards.fetchRewards(ten);
  assert.deepEqual(sizes, { "http://a:1": [1, 3, 3], "http://b:2": [1, 3, 1] });
  assert.deepEqual(found, await (await openRewardSource(source().server)).fetchRewards(ten));
});

Deno.test("what fails on one server is tried on another, and the outage is reported with its address", async () => {
  let away = false;
  const { options, sizes, told } = twoServers((url) => away && url === "http://b:2");
  const rewards = await openRewardSource(options);
  away = true;
  const found = await rewards.fetchRewards(ten);
  assert.deepEqual(sizes, { "http://a:1": [1, 5, 5], "http://b:2": [1] });
  assert.deepEqual(told, ["http://b:2: gone"]);
  assert.deepEqual(found, await (await openRewardSource(source().server)).fetchRewards(ten));
});

Deno.test("servers of other models are refused before training", async () => {
  const [one, other] = [source(), source({ model: { name: "other" } })];
  const fetch: RewardSourceOptions["fetch"] = async (input, init) =>
    await (String(input).startsWith("http://b") ? other : one).ask(input, init);
  const urls = ["http://a:1", "http://b:2"];
  await assert.rejects(openRewardSource({ ...one.server, urls, fetch }), {
    kind: "bad_usage",
    message: /as http:\/\/a:1 and http:\/\/b:2 have other id: received "fake-reward" and "other"$/,
  });
});

/** The models of a server, two that score differently, and their mixture. */
function mixtureOf(weights: Readonly<Record<string, number>>) {
  const served = Object.keys(weights).map((name, i) => {
    const labels = i === 0 ? 1 : 2;
    const model = fakeModel({ name, labels, engine: new FakeEngine({ labels }) });
    const batcher = new Batcher(model.engine);
    return { model, batcher, scorer: createScorer(model, batcher) };
  });
  const members = Object.entries(weights).map(([name, weight]) => ({ name, weight }));
  const loaded = (name: string) => served.find(({ model }) => model.name === name)!;
  return new ModelSet<ServedModel>([...served, serveMixture({ name: "both", members }, loaded)]);
}

Deno.test("of several models the one that is named gives the rewards, be it a mixture", async () => {
  const models = mixtureOf({ help: 0.7, safe: -0.3 });
  const scores = async (model: string) => {
    const { server, bodies } = source({ models }, { model });
    const rewards = await openRewardSource(server);
    assert.deepEqual([rewards.model, rewards.isMixture], [model, model === "both"]);
    const found = await rewards.fetchRewards(texts);
    assert.deepEqual(bodies.map((body) => body["model"]), [model]);
    return found.map(({ score }) => score);
  };
  const [help, safe, both] = [await scores("help"), await scores("safe"), await scores("both")];
  assert.notDeepEqual(help, safe);
  for (const [i, score] of both.entries()) {
    assert.ok(Math.abs(score - 0.7 * help[i]! + 0.3 * safe[i]!) < 1e-5, `${score}`);
  }
  await assert.rejects(openRewardSource(source({ models }).server), {
    kind: "bad_usage",
    message: /serves several models, .*: received 'help', 'safe', 'both'$/,
  });
});

Deno.test("several servers are compared by the model that is named", async () => {
  const models = mixtureOf({ help: 0.7, safe: 0.3 });
  const { server, bodies } = source({ models }, { model: "safe", urls: ["http://a", "http://b"] });
  assert.equal((await openRewardSource(server)).model, "safe");
  assert.deepEqual(bodies.map((body) => body["model"]), ["safe", "safe"], "the texts to compare");
});

Deno.test("a list of no models is an error of the server", async () => {
  const { server, ask } = source();
  const fetch: RewardSourceOptions["fetch"] = async (input, init) =>
    String(input).endsWith("/v1/models")
      ? Response.json({ object: "list", data: [] })
      : await ask(input, init);
  await assert.rejects(openRewardSource({ ...server, fetch }), {
    kind: "training_failed",
    message: /serves no model: received an empty list of models$/,
  });
});
