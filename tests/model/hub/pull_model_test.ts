import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../../src/errors.ts";
import { partName } from "../../../src/model/hub/part_file.ts";
import { pullModel, type PullOptions } from "../../../src/model/hub/pull_model.ts";
import { listRepository } from "../../../src/model/hub/repository.ts";
import { safetensors, shardName, temporaryDirectory } from "../../support/checkpoint.ts";
import {
  brokenOff,
  type FakeHub,
  fakeHub,
  type FakeHubOptions,
  fakeSleep,
  type Misbehaviour,
} from "./fake_hub.ts";

/** Long enough to arrive in several pieces. */
const weights = safetensors([{
  name: "w",
  shape: [300, 300],
  data: Array.from({ length: 90_000 }, (_, i) => i),
}]);
const WEIGHTS = "model.safetensors";

const files = {
  ".gitattributes": "*.safetensors lfs",
  "README.md": "# Reward\n",
  "config.json": "{}",
  "tokenizer.json": '{"model": {}}',
  "tokenizer_config.json": "{}",
  [WEIGHTS]: weights,
  "pytorch_model.bin": "pickled",
  "model.onnx": "exported",
  "training_args.bin": "pickled",
  "chart.png": "picture",
};

const wanted = ["config.json", "tokenizer.json", "tokenizer_config.json", "README.md", WEIGHTS];

async function place(options: Partial<FakeHubOptions> = {}) {
  const hub = fakeHub({ files, ...options });
  const models = await temporaryDirectory();
  const { slept, sleep } = fakeSleep();
  return {
    hub,
    slept,
    into: models.path,
    directory: join(models.path, "owner/reward"),
    pull: (more: Partial<PullOptions> = {}) =>
      pullModel("owner/reward", { into: models.path, hubUrl: hub.url, sleep, ...more }),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await models[Symbol.asyncDispose]();
    },
  };
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory), ({ name }) => name)).toSorted();
}

/** The ranges in which the store was asked for a file. */
function askedFor({ hub }: { hub: FakeHub }, what: string): (string | null)[] {
  return hub.requests.filter((request) => request.what === what && request.host === "store")
    .map(({ range }) => range);
}

Deno.test("a pull brings what a model consists of and nothing else", async () => {
  await using there = await place();
  const pulled = await there.pull();
  assert.deepEqual(await namesIn(there.directory), [...wanted, "pulled.json"].toSorted());
  assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
  assert.equal(await Deno.readTextFile(join(there.directory, "README.md")), "# Reward\n");
  const bytes = weights.length + 9 + 2 + 13 + 2;
  assert.deepEqual(pulled, {
    directory: there.directory,
    commit: "a".repeat(40),
    files: wanted,
    bytes,
    fetchedBytes: bytes,
  });
  const record = JSON.parse(await Deno.readTextFile(join(there.directory, "pulled.json")));
  assert.deepEqual([record.hub, record.id, record.revision, record.commit], [
    there.hub.url,
    "owner/reward",
    "main",
    "a".repeat(40),
  ]);
  assert.deepEqual(record.files.map(({ path }: { path: string }) => path), wanted);
});

Deno.test("pickled shards are pulled where there are no safetensors", async () => {
  const [first, second] = ["pytorch_model-00001-of-00002.bin", "pytorch_model-00002-of-00002.bin"];
  const index = JSON.stringify({ weight_map: { a: first, b: second } });
  const pickled = {
    "config.json": "{}",
    "pytorch_model.bin.index.json": index,
    [first!]: "one",
    [second!]: "two",
    "training_args.bin": "pickled",
  };
  await using there = await place({ files: pickled });
  const { files: pulled } = await there.pull();
  assert.deepEqual(pulled, ["config.json", "pytorch_model.bin.index.json", first, second]);
});

Deno.test("the token goes to the hub and never to the store it redirects to", async () => {
  await using there = await place();
  await there.pull({ token: "secret" });
  const tokens = (host: string) =>
    new Set(
      there.hub.requests.filter((each) => each.host === host).map((each) => each.authorization),
    );
  assert.deepEqual([...tokens("hub")], ["Bearer secret"]);
  assert.deepEqual([...tokens("store")], [null]);
});

Deno.test("progress counts the bytes of all files up to the total", async () => {
  await using there = await place();
  const seen: [string, number, number][] = [];
  const { bytes } = await there.pull({
    onProgress: ({ file, doneBytes, totalBytes }) => seen.push([file, doneBytes, totalBytes]),
  });
  assert.ok(seen.every(([, done, total], i) => total === bytes && done >= (seen[i - 1]?.[1] ?? 0)));
  assert.deepEqual(seen.at(-1), [WEIGHTS, bytes, bytes]);
});

Deno.test("a listing in pages is read to its end", async () => {
  await using there = await place({ pageSize: 3 });
  assert.deepEqual((await there.pull()).files, wanted);
});

Deno.test("a connection that breaks is taken up at the byte where it broke", async () => {
  await using there = await place({
    misbehave: ({ what, host, range }) =>
      what === WEIGHTS && host === "store" && range === null
        ? brokenOff(weights, 100_000)
        : undefined,
  });
  await there.pull();
  assert.deepEqual(askedFor(there, WEIGHTS), [null, "bytes=100000-"]);
  assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
  assert.deepEqual(there.slept, [1_000]);
});

Deno.test("a pull that was stopped is resumed by the next one, byte for byte", async () => {
  const stop = new AbortController();
  await using there = await place({
    misbehave: ({ what, host }) => what === WEIGHTS && host === "store" ? endless() : undefined,
  });
  /** Sends half of the weights and then nothing, so that the stop finds the pull at work. */
  function endless(): Response {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(weights.subarray(0, 150_000)),
    });
    return new Response(body, { headers: { "Content-Length": String(weights.length) } });
  }
  const stopped = there.pull({
    signal: stop.signal,
    onProgress: ({ file, doneBytes }) => {
      if (file === WEIGHTS && doneBytes >= 150_000) stop.abort("SIGINT");
    },
  });
  await assert.rejects(stopped, {
    kind: "cancelled",
    message: /as it was stopped \(the next one resumes it\): received SIGINT$/,
  });
  assert.ok(!(await namesIn(there.directory)).includes("config.json"));
  there.hub.options = { files };
  there.hub.requests.length = 0;
  const { fetchedBytes } = await there.pull();
  assert.equal(fetchedBytes, weights.length - 150_000);
  assert.deepEqual(askedFor(there, WEIGHTS), ["bytes=150000-"]);
  assert.deepEqual(askedFor(there, "config.json"), []);
  assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
});

Deno.test("a pull before which the signal was aborted asks for nothing", async () => {
  await using there = await place();
  await assert.rejects(there.pull({ signal: AbortSignal.abort("SIGTERM") }), { kind: "cancelled" });
  assert.deepEqual(there.hub.requests, []);
});

Deno.test("a second pull of the same commit fetches nothing, and mends what was damaged", async () => {
  await using there = await place();
  await there.pull();
  there.hub.requests.length = 0;
  assert.equal((await there.pull()).fetchedBytes, 0);
  assert.deepEqual(there.hub.requests.map(({ what }) => what), ["info", "tree"]);
  await Deno.writeTextFile(join(there.directory, "tokenizer.json"), '{"model": 13}');
  assert.equal((await there.pull()).fetchedBytes, 13);
  assert.equal(await Deno.readTextFile(join(there.directory, "tokenizer.json")), '{"model": {}}');
});

/** The same model as shards, with files in the repository that are none. */
function sharded(): Record<string, string | Uint8Array<ArrayBuffer>> {
  const [one, two] = [shardName(1, 2), shardName(2, 2)];
  const { [WEIGHTS]: _, ...rest } = files;
  return {
    ...rest,
    "model.safetensors.index.json": JSON.stringify({ weight_map: { a: one, b: two } }),
    [one]: safetensors([{ name: "a", shape: [1], data: [1] }]),
    [two]: safetensors([{ name: "b", shape: [1], data: [2] }]),
    "consolidated.safetensors": safetensors([{ name: "a", shape: [1], data: [1] }]),
  };
}

Deno.test("of a sharded model the shards come that its index names", async () => {
  await using there = await place({ files: sharded() });
  const pulled = await there.pull();
  assert.deepEqual(pulled.files.slice(-3), [
    "model.safetensors.index.json",
    shardName(1, 2),
    shardName(2, 2),
  ]);
  assert.ok(!(await namesIn(there.directory)).includes("consolidated.safetensors"));
  assert.equal((await there.pull()).fetchedBytes, 0);
});

Deno.test("a newer version takes the place of the older, files that it lacks included", async () => {
  await using there = await place();
  await there.pull();
  await Deno.writeTextFile(join(there.directory, "notes.txt"), "mine");
  there.hub.options = {
    files: { ...sharded(), "config.json": '{"new": true}' },
    commit: "b".repeat(40),
  };
  const pulled = await there.pull();
  assert.equal(pulled.commit, "b".repeat(40));
  assert.deepEqual(
    await namesIn(there.directory),
    [...pulled.files, "notes.txt", "pulled.json"].toSorted(),
  );
  assert.equal(await Deno.readTextFile(join(there.directory, "config.json")), '{"new": true}');
});

Deno.test("until a newer version is whole the older one stays as it is", async () => {
  await using there = await place();
  await there.pull();
  const before = await namesIn(there.directory);
  there.hub.options = {
    files: { ...files, "config.json": '{"new": true}', [WEIGHTS]: weights.slice().fill(1, 400) },
    commit: "b".repeat(40),
    misbehave: ({ what, host }) =>
      what === WEIGHTS && host === "store" ? new Response(null, { status: 403 }) : undefined,
  };
  await assert.rejects(there.pull(), { kind: "unauthorized" });
  const after = (await namesIn(there.directory)).filter((name) => !name.endsWith(".part"));
  assert.deepEqual(after, before);
  assert.equal(await Deno.readTextFile(join(there.directory, "config.json")), "{}");
  assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
});

/** Where the next pull will look for a part of the weights. */
async function partOfWeights(
  { hub, directory }: { hub: FakeHub; directory: string },
): Promise<string> {
  const { files: listed } = await listRepository({
    id: "owner/reward",
    hubUrl: hub.url,
    revision: "main",
    fetch,
  });
  const file = listed.find(({ path }) => path === WEIGHTS);
  assert.ok(file);
  await Deno.mkdir(directory, { recursive: true });
  return join(directory, partName(file));
}

Deno.test("a part that was damaged on the disk is fetched again from its start", async () => {
  await using there = await place();
  await Deno.writeFile(await partOfWeights(there), new Uint8Array(1_000).fill(7));
  await there.pull();
  assert.deepEqual(askedFor(there, WEIGHTS), ["bytes=1000-", null]);
  assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
});

/** What the store does to the weights, and what the pull makes of it. */
const storeTroubles: [what: string, misbehave: Misbehaviour, outcome: RegExp | "mended"][] = [
  [
    "knows no ranges",
    ({ range }) => range === null ? brokenOff(weights, 1_000) : new Response(weights),
    "mended",
  ],
  [
    "sends another range",
    onceBroken(() =>
      new Response(weights, {
        status: 206,
        headers: { "Content-Range": `bytes 0-9/${weights.length}` },
      })
    ),
    /model\.safetensors does not arrive completely.*received 1000 of \d+ bytes, then another range \(bytes 0-9/,
  ],
  [
    "sends the range of another file",
    onceBroken(() =>
      new Response("x", { status: 206, headers: { "Content-Range": "bytes 1000-1000/1001" } })
    ),
    /another range/,
  ],
  [
    "sends a range without saying which",
    onceBroken(() => new Response(weights, { status: 206 })),
    /no Content-Range/,
  ],
  [
    "has fewer bytes than listed",
    ({ range }) =>
      range === null ? new Response(weights.slice(0, 500)) : new Response(null, { status: 416 }),
    /received 500 of \d+ bytes, then 416/,
  ],
  ["sends nothing", () => new Response(null), /received 0 of \d+ bytes, then the end$/],
  [
    "has more bytes than listed",
    () => new Response(new Uint8Array(weights.length + 1)),
    /longer than the \d+ bytes that the hub lists/,
  ],
  [
    "has other bytes than listed",
    () => new Response(new Uint8Array(weights.length)),
    /model\.safetensors arrived damaged: received bytes with another sha256/,
  ],
  ["is out of order twice", flaky(2, () => new Response(null, { status: 503 })), "mended"],
  ["breaks off twice before the first byte", flaky(2, () => brokenOff(weights, 0)), "mended"],
];

function onceBroken(then: () => Response): Misbehaviour {
  return ({ range }) => range === null ? brokenOff(weights, 1_000) : then();
}

function flaky(times: number, trouble: () => Response): Misbehaviour {
  return () => times-- > 0 ? trouble() : undefined;
}

for (const [what, misbehave, outcome] of storeTroubles) {
  Deno.test(`a store that ${what} is ${outcome === "mended" ? "tolerated" : "an error that says so"}`, async () => {
    await using there = await place({
      misbehave: (request) =>
        request.what === WEIGHTS && request.host === "store" ? misbehave(request) : undefined,
    });
    if (outcome === "mended") {
      await there.pull();
      assert.deepEqual(await Deno.readFile(join(there.directory, WEIGHTS)), weights);
      return;
    }
    await assert.rejects(there.pull(), { kind: "bad_model", message: outcome });
    const names = await namesIn(there.directory);
    assert.ok(!names.includes(WEIGHTS) && !names.includes("config.json"));
  });
}

Deno.test("a store that falls silent is asked again", async () => {
  let silences = 1;
  await using there = await place({
    misbehave: ({ what, host }) => {
      if (what !== WEIGHTS || host !== "store" || silences-- <= 0) return;
      return new Response(
        new ReadableStream<Uint8Array>({
          start: (controller) => controller.enqueue(weights.subarray(0, 10)),
        }),
      );
    },
  });
  await there.pull({ idleTimeoutMs: 400 });
  assert.deepEqual(askedFor(there, WEIGHTS), [null, "bytes=10-"]);
});

/** What the hub answers, and the error that comes of it. */
const refusals: [what: string, answer: () => Response, kind: string, message: RegExp][] = [
  [
    "does not know the repository",
    () => refused(401, "RepoNotFound"),
    "unknown_model",
    /no such model, or a private one that needs a token.*received 401 RepoNotFound for owner\/reward$/,
  ],
  [
    "does not know the revision",
    () => refused(404, "RevisionNotFound"),
    "unknown_model",
    /no such revision/,
  ],
  [
    "gates the repository",
    () => refused(403, "GatedRepo"),
    "unauthorized",
    /gated: accept its terms at http:.*owner\/reward and give a token/,
  ],
  ["refuses the token", () => refused(401), "unauthorized", /refuses access/],
  ["forbids access", () => refused(403), "unauthorized", /refuses access/],
  ["says 404 and no more", () => refused(404), "unknown_model", /no such model, revision or file/],
  [
    "is a teapot",
    () => refused(418),
    "bad_model",
    /answers with an unknown status: received 418/,
  ],
  [
    "answers no JSON",
    () => new Response("<html>"),
    "bad_model",
    /lists owner\/reward in an unknown form/,
  ],
  [
    "answers another form",
    () => Response.json({ id: "owner/reward" }),
    "bad_model",
    /in an unknown form/,
  ],
  [
    "is busy for an hour",
    () => new Response(null, { status: 429, headers: { "Retry-After": "3600" } }),
    "overloaded",
    /too busy; try again in 3600 s/,
  ],
];

function refused(status: number, code?: string): Response {
  const headers = code === undefined ? undefined : { "X-Error-Code": code };
  return Response.json({ error: "no" }, { status, ...(headers && { headers }) });
}

for (const [what, answer, kind, message] of refusals) {
  Deno.test(`a hub that ${what} is an error at once`, async () => {
    await using there = await place({ misbehave: answer });
    await assert.rejects(there.pull(), { kind, message });
    assert.deepEqual(there.slept, []);
    assert.deepEqual(await namesIn(there.into), []);
  });
}

Deno.test("a hub that asks for patience gets it, as long as it asks for", async () => {
  const waits = ["3", "0"];
  await using there = await place({
    misbehave: () => {
      const wait = waits.shift();
      return wait === undefined
        ? undefined
        : new Response(null, { status: 429, headers: { "Retry-After": wait } });
    },
  });
  await there.pull();
  assert.deepEqual(there.slept, [3_000, 0]);
});

Deno.test("a hub that stays busy is given up, saying when to try again", async () => {
  await using there = await place({
    misbehave: () => new Response(null, { status: 429, headers: { "Retry-After": "7" } }),
  });
  await assert.rejects(there.pull(), (error: unknown) => {
    assert.ok(error instanceof AbacusError);
    assert.deepEqual([error.kind, error.retryAfterS], ["overloaded", 7]);
    return true;
  });
  assert.deepEqual(there.slept, [7_000, 7_000, 7_000, 7_000]);
});

Deno.test("without a network the pull says so after a second try", async () => {
  const { slept, sleep } = fakeSleep();
  await using models = await temporaryDirectory();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hubUrl = `http://127.0.0.1:${listener.addr.port}`;
  listener.close();
  await assert.rejects(pullModel("owner/reward", { into: models.path, hubUrl, sleep }), {
    kind: "bad_model",
    message: new RegExp(`^Cannot pull as ${hubUrl} cannot be reached: received .*refused`, "i"),
  });
  assert.deepEqual(slept, [1_000]);
});

/** Repositories that are no models Abacus could load. */
const useless: [what: string, files: Record<string, string>, message: RegExp][] = [
  [
    "pickled weights only",
    { "config.json": "{}", "training_args.bin": "x" },
    /Cannot load owner\/reward as it holds pickled weights under another name/,
  ],
  [
    "an adapter only",
    { "config.json": "{}", "adapter_model.safetensors": "x" },
    /holds an adapter/,
  ],
  ["no weights", { "config.json": "{}", "README.md": "x" }, /neither a safetensors file nor/],
  [
    "no configuration",
    { [WEIGHTS]: "x", "README.md": "x" },
    /without a config\.json: received "model\.safetensors", "README\.md"$/,
  ],
  ["nothing", {}, /without a config\.json/],
  ["a shard missing", {
    "config.json": "{}",
    "model.safetensors.index.json": JSON.stringify({ weight_map: { a: "x.safetensors" } }),
  }, /names a shard that owner\/reward lacks: received "x\.safetensors"$/],
  ["a shard elsewhere", {
    "config.json": "{}",
    "model.safetensors.index.json": JSON.stringify({ weight_map: { a: "../../x.safetensors" } }),
  }, /must be the name of a \.safetensors file beside it: received "\.\.\/\.\.\/x\.safetensors"$/],
];

for (const [what, own, message] of useless) {
  Deno.test(`a repository with ${what} is refused before its weights are fetched`, async () => {
    await using there = await place({ files: own });
    await assert.rejects(there.pull(), { kind: "bad_model", message });
  });
}

Deno.test("a disk without room is an error before anything is fetched, less what is there already", async () => {
  await using there = await place();
  const freeBytes = () => Promise.resolve(100_000);
  await assert.rejects(there.pull({ freeBytes }), {
    kind: "bad_model",
    message: /360\.1 kB are missing .* too little room: received 100\.0 kB free$/,
  });
  assert.deepEqual(askedFor(there, WEIGHTS), []);
  await Deno.writeFile(await partOfWeights(there), weights.subarray(0, 300_000));
  await there.pull({ freeBytes });
  assert.deepEqual(askedFor(there, WEIGHTS), ["bytes=300000-"]);
});

Deno.test("a model that was not pulled is not overwritten", async () => {
  await using there = await place();
  await Deno.mkdir(there.directory, { recursive: true });
  await Deno.writeTextFile(join(there.directory, "config.json"), '{"mine": 1}');
  await assert.rejects(there.pull(), {
    kind: "bad_model",
    message: /a model that was not pulled: received .*owner\/reward$/,
  });
  assert.deepEqual(await namesIn(there.directory), ["config.json"]);
});

Deno.test("what is no id of the hub is refused without asking", async () => {
  for (
    const id of ["../evil", "a/b/c", "/etc", "", "a b/c", "owner/..", "https://huggingface.co/a/b"]
  ) {
    await assert.rejects(pullModel(id, { into: "/nowhere", hubUrl: "http://127.0.0.1:9" }), {
      kind: "bad_usage",
      message: /Cannot pull what is not 'owner\/name' on the hub/,
    });
  }
});

Deno.test("an adapter is pulled without a config.json, and its base model is named", async () => {
  const adapter = JSON.stringify({
    peft_type: "LORA",
    target_modules: ["q_proj"],
    base_model_name_or_path: "owner/base",
  });
  const own = {
    "adapter_config.json": adapter,
    "adapter_model.safetensors": weights,
    "tokenizer_config.json": "{}",
    "optimizer.pt": "x",
  };
  await using there = await place({ files: own });
  const pulled = await there.pull();
  assert.equal(pulled.base, "owner/base");
  assert.deepEqual(pulled.files, [
    "adapter_config.json",
    "tokenizer_config.json",
    "adapter_model.safetensors",
  ]);
  assert.deepEqual(await namesIn(there.directory), [...pulled.files, "pulled.json"].toSorted());

  await using whole = await place({ files: { ...files, ...own } });
  const model = await whole.pull();
  assert.equal(model.base, undefined);
  assert.ok(!model.files.includes("adapter_config.json"), "the model is whole");
});
