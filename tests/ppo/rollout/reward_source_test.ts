import assert from "node:assert/strict";
import type { PolicyText, WrittenText } from "../../../src/ppo/rollout/policy_text.ts";
import { openRewardSource, type RewardServer } from "../../../src/ppo/rollout/reward_source.ts";
import { fakeApp, type FakeAppOptions } from "../../http/fake_app.ts";

/** A text of a policy whose tokens are single characters. */
function letters(prompt: string, completion: string): WrittenText {
  const pieces = Array.from(completion);
  return { prompt, completion, pieces, spans: pieces.map((_, i) => [i, i + 1] as const) };
}

/** What a fake server is asked, and a source that asks it. */
function source(options: FakeAppOptions = {}, more: Partial<RewardServer> = {}) {
  const { app } = fakeApp(options);
  const bodies: Record<string, unknown>[] = [];
  const ask: typeof fetch = async (input, init) => {
    if (typeof init?.body === "string") bodies.push(JSON.parse(init.body));
    return await app.request(input as string, init);
  };
  const server: RewardServer = {
    url: "http://127.0.0.1:8080",
    credit: { method: "abc", beta: 0.8 },
    timeoutMs: 60_000,
    fetch: ask,
    ...more,
  };
  return { server, bodies, ask };
}

const texts = [letters("The film", " was good"), letters("A", "b"), letters("The", " end")];

Deno.test("completions come back with their scores and a reward for each of the policy's tokens", async () => {
  const { server, bodies } = source();
  const rewards = await openRewardSource(server);
  assert.equal(rewards.model, "fake-reward");
  const judgements = await rewards.judge(texts);
  assert.equal(judgements.length, 3);
  for (const [i, { score, rewards, responseMass }] of judgements.entries()) {
    assert.equal(rewards.length, texts[i]!.pieces.length);
    assert.ok(Math.abs(rewards.reduce((a, b) => a + b, 0) - score) < 1e-5);
    assert.ok(responseMass > 0 && responseMass <= 1);
  }
  assert.deepEqual(bodies.map(({ credit }) => credit), [{ method: "abc", beta: 0.8 }]);
  const alone = await rewards.judge([texts[1]!]);
  assert.equal(alone[0]!.score, judgements[1]!.score, "the order is that of the asking");
});

Deno.test("a large step asks one request after the other, so that it is the same every time", async () => {
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
  assert.equal((await rewards.judge(many)).length, 130);
  assert.deepEqual([most, bodies.length], [1, 3]);
});

Deno.test("the policy's own attention asks for scores alone", async () => {
  const { server, bodies } = source({}, { credit: { method: "abcd", beta: 0.5 } });
  const [judged] = await (await openRewardSource(server)).judge(texts);
  assert.deepEqual(bodies.map(({ credit }) => credit), [{ method: "terminal", beta: 0.5 }]);
  assert.equal(judged!.responseMass, 1, "no attention was read");
});

Deno.test("a method that the model cannot serve is refused before anything is trained", async () => {
  const credit = { method: "red", beta: 1 } as const;
  const { server, bodies } = source({ model: { attention: "bidirectional" } }, { credit });
  await assert.rejects(openRewardSource(server), {
    kind: "bad_usage",
    message:
      /^Cannot train as the server's model fake-reward gives credit by abc, .* only: received red$/,
  });
  assert.deepEqual(bodies, []);
});

Deno.test("an address or a key that cannot be right is used wrongly", async () => {
  for (const wrong of [{ url: "nowhere" }, { url: "ftp://a" }, { apiKey: "a\nb" }]) {
    await assert.rejects(openRewardSource({ ...source().server, ...wrong }), {
      kind: "bad_usage",
      message: /^Cannot ask a reward server as .*: received /,
    });
  }
});

Deno.test("what the server refuses stops the run at once, with its reason and the place", async () => {
  const { server } = source({ model: { context: 8 } });
  const rewards = await openRewardSource(server);
  await assert.rejects(rewards.judge([texts[0]!, letters("a ".repeat(20), "b")]), {
    kind: "training_failed",
    message:
      /^Cannot get rewards as http:\/\/127\.0\.0\.1:8080 refused \(too_long\): received Cannot score as .* reads at most 8 tokens/,
    path: /^items\[1\]/,
  });
});

Deno.test("a key is asked for and given", async () => {
  const options = { settings: { apiKey: "secret" } } as unknown as FakeAppOptions;
  const { server } = source(options, { apiKey: "secret" });
  assert.equal((await (await openRewardSource(server)).judge(texts)).length, 3);
  await assert.rejects(openRewardSource({ ...server, apiKey: undefined }), {
    kind: "training_failed",
    message: /refused \(unauthorized\)/,
  });
});

/** A `fetch` that fails as long as `gone` says so, by an error or with a status. */
function interrupted(ask: typeof fetch, gone: () => Error | number | undefined): typeof fetch {
  return async (input, init) => {
    const trouble = gone();
    if (trouble instanceof Error) throw trouble;
    if (trouble !== undefined) return new Response("", { status: trouble });
    return await ask(input, init);
  };
}

Deno.test("a server that is away for a while is waited for, and each silence told once", async () => {
  const { server, ask } = source();
  let calls = 0;
  const silences: string[] = [];
  const away = new Set([3, 4, 6]); // after /readyz and /v1/models
  const rewards = await openRewardSource({
    ...server,
    onSilence: (reason) => silences.push(reason),
    fetch: interrupted(ask, () => {
      if (!away.has(++calls)) return undefined;
      return calls === 6 ? 503 : new Error(`away at ${calls}`);
    }),
  });
  assert.equal((await rewards.judge(texts)).length, 3);
  assert.equal((await rewards.judge(texts)).length, 3);
  assert.deepEqual(silences, ["away at 3", "the status 503"]);
});

Deno.test("a proxy whose server starts anew is waited for like the server itself", async () => {
  const { server, ask } = source();
  let calls = 0;
  const silences: string[] = [];
  const rewards = await openRewardSource({
    ...server,
    onSilence: (reason) => silences.push(reason),
    fetch: interrupted(ask, () => [1, 4].includes(++calls) ? 502 : undefined),
  });
  assert.equal((await rewards.judge(texts)).length, 3);
  assert.deepEqual(silences, ["the status 502", "the status 502"]);
});

Deno.test("a server whose model failed to load is not said to be silent", async () => {
  const failed = () => Promise.resolve(Response.json({ status: "failed" }, { status: 503 }));
  await assert.rejects(openRewardSource({ ...source().server, fetch: failed }), {
    kind: "training_failed",
    message:
      /refused \(model_failure\): received Cannot wait as the server's model failed to load$/,
  });
});

Deno.test("a server that stays away is given up in time, and the last reason is told", async () => {
  const { server, ask } = source();
  let gone = false;
  const rewards = await openRewardSource({
    ...server,
    timeoutMs: 400,
    fetch: interrupted(ask, () => gone ? new Error("connection refused") : undefined),
  });
  gone = true;
  const startMs = performance.now();
  await assert.rejects(rewards.judge(texts), {
    kind: "training_failed",
    message: "Cannot get rewards as http://127.0.0.1:8080 gave no answer in 400 ms: " +
      "received connection refused",
  });
  assert.ok(performance.now() - startMs < 5_000);
  gone = false;
  assert.equal((await rewards.judge(texts)).length, 3, "and asked again afterwards");
});

Deno.test("a server that hangs is given up in time", async () => {
  const { server } = source();
  const fetch: RewardServer["fetch"] = () => new Promise<Response>(() => {});
  await assert.rejects(openRewardSource({ ...server, timeoutMs: 100, fetch }), {
    kind: "training_failed",
    message: /gave no answer in 100 ms: received nothing$/,
  });
});

Deno.test("a signal ends the waiting for the server, and for its rewards", async () => {
  const { server, ask } = source();
  const stop = new AbortController();
  const absent = interrupted(ask, () => new Error("away"));
  const silent = { ...server, fetch: absent, signal: stop.signal, onSilence: () => stop.abort() };
  const stopped = "Cannot get rewards as the run was stopped while it waited for " +
    "http://127.0.0.1:8080: received ";
  await assert.rejects(openRewardSource(silent), {
    kind: "cancelled",
    message: `${stopped}away`,
  });
  const rewards = await openRewardSource(server);
  await assert.rejects(rewards.judge(texts, AbortSignal.abort()), {
    kind: "cancelled",
    message: `${stopped}no answer yet`,
  });
});

Deno.test("why a server cannot be reached is told where the platform hides it in a cause", async () => {
  const { server, ask } = source();
  const silences: string[] = [];
  for (
    const [message, cause] of [
      ["fetch failed", "connect ECONNREFUSED 127.0.0.1:8080"],
      ["refused: not there", "not there"],
    ] as const
  ) {
    const reasons = [new TypeError(message, { cause: new Error(cause) })];
    await openRewardSource({
      ...server,
      onSilence: (reason) => silences.push(reason),
      fetch: interrupted(ask, () => reasons.pop()),
    });
  }
  assert.deepEqual(silences, [
    "fetch failed (connect ECONNREFUSED 127.0.0.1:8080)",
    "refused: not there",
  ]);
});

Deno.test("a text of no tokens and an end token have their places, too", async () => {
  const { server } = source();
  const ended: Awaited<ReturnType<PolicyText["write"]>>[number] = {
    prompt: "The",
    completion: " end",
    pieces: [" end", ""],
    spans: [[0, 4], [4, 4]],
  };
  const empty = { prompt: "The", completion: "", pieces: [""], spans: [[0, 0]] as const };
  const [one, two] = await (await openRewardSource(server)).judge([ended, empty]);
  assert.equal(one!.rewards.length, 2);
  assert.equal(two!.rewards.length, 1);
  assert.ok(Math.abs(two!.rewards[0]! - two!.score) < 1e-5);
});
