import assert from "node:assert/strict";
import { AbacusError } from "../../../src/errors.ts";
import { errorBodySchema } from "../../../src/wire/error.ts";
import { rewardReplySchema } from "../../../src/wire/reply.ts";
import { fakeIds } from "../../support/fake_model.ts";
import { type FakeApp, fakeApp, goodRequest } from "../fake_app.ts";

const [goodItem] = goodRequest.items;

/** What a bad request is, and what the answer must say of it. */
interface BadCase {
  readonly name: string;
  /** A value as JSON; a string or bytes as they stand. */
  readonly body: unknown;
  readonly headers?: HeadersInit;
  readonly status: number;
  readonly kind: string;
  readonly path?: string;
  readonly message: RegExp;
}

const invalid = { status: 400, kind: "invalid_request" };
const long = Array(100).fill("word").join(" ");

const badCases: readonly BadCase[] = [
  {
    name: "malformed JSON",
    body: '{"items": [',
    ...invalid,
    message: /not JSON: .*line 1 column 12/,
  },
  { name: "an empty body", body: "", ...invalid, message: /no body/ },
  {
    name: "invalid UTF-8",
    body: new Uint8Array([0x7b, 0xff]),
    ...invalid,
    message: /not valid UTF-8: received 0xff at byte 1/,
  },
  { name: "a body that is not an object", body: "[]", ...invalid, message: /received/ },
  { name: "null", body: "null", ...invalid, message: /received null/ },
  {
    name: "another content type",
    body: "{}",
    headers: { "Content-Type": "text/plain" },
    ...invalid,
    message: /content type must be application\/json: received text\/plain/,
  },
  { name: "no items", body: {}, ...invalid, path: "items", message: /items/ },
  {
    name: "an empty list of items",
    body: { items: [] },
    ...invalid,
    path: "items",
    message: /items .*received/,
  },
  {
    name: "an empty list of completions",
    body: { items: [{ prompt: "a", completions: [] }] },
    ...invalid,
    path: "items[0].completions",
    message: /completions/,
  },
  {
    name: "a completion that is not a text",
    body: { items: [{ prompt: "a", completions: ["b", 3] }] },
    ...invalid,
    path: "items[0].completions[1]",
    message: /string.*received 3/,
  },
  {
    name: "an unknown way of closing texts",
    body: { ...goodRequest, close: "bos" },
    ...invalid,
    path: "close",
    message: /close must be one of eos, reward, none .*received 'bos'/,
  },
  {
    name: "a prompt that is not a text",
    body: { items: [{ prompt: null, completions: ["b"] }] },
    ...invalid,
    path: "items[0].prompt",
    message: /received null/,
  },
  {
    name: "an unknown key",
    body: { ...goodRequest, temperature: 1 },
    ...invalid,
    message: /unknown key.*received 'temperature'/,
  },
  {
    name: "an unknown key in an item",
    body: { items: [{ ...goodItem, reward: 1 }] },
    ...invalid,
    path: "items[0]",
    message: /unknown key.*'reward'/,
  },
  {
    name: "an item of two forms",
    body: { items: [{ ...goodItem, prompt_ids: [1], completion_ids: [[1]] }] },
    ...invalid,
    path: "items[0]",
    message: /items\[0\]/,
  },
  {
    name: "an unknown credit method",
    body: { ...goodRequest, credit: { method: "abd" } },
    ...invalid,
    path: "credit.method",
    message: /abc.*received 'abd'/,
  },
  {
    name: "a beta above 1",
    body: { ...goodRequest, credit: { beta: 1.5 } },
    ...invalid,
    path: "credit.beta",
    message: /received 1\.5/,
  },
  {
    name: "a beta that is not a number",
    body: '{"items":[{"prompt":"a","completions":["b"]}],"credit":{"beta":1e999}}',
    ...invalid,
    path: "credit.beta",
    message: /beta/,
  },
  {
    name: "another truncation",
    body: { ...goodRequest, truncate: "middle" },
    ...invalid,
    path: "truncate",
    message: /middle/,
  },
  {
    name: "another encoding",
    body: { ...goodRequest, encoding: "hex" },
    ...invalid,
    path: "encoding",
    message: /hex/,
  },
  {
    name: "half of a surrogate pair",
    body: '{"items":[{"prompt":"a","completions":["\\ud83d"]}]}',
    ...invalid,
    path: "items[0].completions[0]",
    message: /surrogate/,
  },
  {
    name: "a negative id",
    body: { items: [{ prompt_ids: [-1], completion_ids: [[1]] }] },
    ...invalid,
    path: "items[0].prompt_ids[0]",
    message: /received -1/,
  },
  {
    name: "an id beyond the vocabulary",
    body: { items: [{ prompt_ids: [1], completion_ids: [[70_000]] }] },
    ...invalid,
    message: /70000/,
  },
  {
    name: "an empty conversation",
    body: { items: [{ messages: [], completions: ["b"] }] },
    ...invalid,
    path: "items[0].messages",
    message: /messages/,
  },
  {
    name: "spans that run backwards",
    body: { items: [{ prompt: "a", completions: ["bc"], token_spans: [[[2, 1]]] }] },
    ...invalid,
    path: "items[0].token_spans[0][0]",
    message: /must not end before it starts/,
  },
  {
    name: "spans for another number of completions",
    body: { items: [{ prompt: "a", completions: ["bc"], token_spans: [[[0, 1]], []] }] },
    ...invalid,
    path: "items[0].token_spans",
    message: /one list per completion/,
  },
  {
    name: "another model",
    body: { ...goodRequest, model: "gpt-9" },
    status: 404,
    kind: "unknown_model",
    message: /gpt-9/,
  },
  {
    name: "a completion that is too long",
    body: { items: [{ prompt: "a", completions: ["b", long] }] },
    status: 422,
    kind: "too_long",
    path: "items[0].completions[1]",
    message: /64 tokens/,
  },
  {
    name: "more items than the limits allow",
    body: { items: Array(4_097).fill(goodItem) },
    status: 413,
    kind: "too_large",
    path: "items",
    message: /4096/,
  },
  {
    name: "a body of more than 10 MB",
    body: new Uint8Array(10_000_001),
    status: 413,
    kind: "too_large",
    message: /at most 10000000 bytes: received 10000001/,
  },
];

/** Asserts that the server is none the worse. */
async function stillServes({ rewards }: FakeApp): Promise<void> {
  const response = await rewards(goodRequest);
  assert.equal(response.status, 200, await response.clone().text());
  await response.body?.cancel();
}

for (const { name, body, headers, status, kind, path, message } of badCases) {
  Deno.test(`${name} is answered ${status} ${kind}, and the server still serves`, async () => {
    const fake = fakeApp();
    const raw = typeof body === "string" || body instanceof Uint8Array;
    const init = { headers: new Headers(headers), ...(raw ? { body } : {}) } as RequestInit;
    const response = await fake.rewards(raw ? "" : body, init);
    const { error } = errorBodySchema().parse(await response.json());
    assert.deepEqual([response.status, error.kind], [status, kind], error.message);
    assert.match(error.message, /^Cannot .+: received .*[^.]$|^Cannot .+[^.]$/);
    assert.match(error.message, message);
    if (path !== undefined) assert.equal(error.path, path);
    assert.equal(error.request_id, response.headers.get("X-Request-Id"));
    await stillServes(fake);
  });
}

Deno.test("a request is answered in the shape of the wire format", async () => {
  const { rewards } = fakeApp();
  const response = await rewards(goodRequest, { headers: { "X-Request-Id": "mine-1" } });
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^application\/json/);
  const reply = rewardReplySchema().parse(await response.json());
  assert.deepEqual([reply.id, reply.model], ["mine-1", "fake-reward"]);
  assert.deepEqual(reply.credit, { method: "abc", beta: 0.8 });
  for (const { score, rewards } of reply.items[0]?.completions ?? []) {
    assert.ok(Array.isArray(rewards));
    assert.ok(Math.abs(rewards.reduce((sum, reward) => sum + reward, 0) - score) < 1e-5);
  }
});

Deno.test("a text that is too long is scored where truncation is asked for, and says so", async () => {
  const { rewards } = fakeApp();
  for (const truncate of ["left", "right"]) {
    const items = [{ prompt: long, completions: ["b"] }, { prompt: "a", completions: [long] }];
    const item = items[truncate === "left" ? 0 : 1];
    const response = await rewards({ items: [item], truncate });
    assert.equal(response.status, 200);
    const reply = rewardReplySchema().parse(await response.json());
    assert.equal(reply.items[0]?.completions[0]?.truncated, true);
  }
});

Deno.test("a request says whether texts are closed, and else the server does", async () => {
  const items = [{ prompt: "a", completions: [" b"] }];
  const token = async (close: "eos" | "none" | undefined, server: "eos" | "none") => {
    const { rewards } = fakeApp({ model: { close: server } });
    const response = await rewards({ items, close });
    const [completion] = rewardReplySchema().parse(await response.json()).items[0]!.completions;
    assert.equal(completion?.rewards.length, 1, "the closing token has no reward of its own");
    return completion?.read_at;
  };
  const closed = { position: 3, token_id: fakeIds.eos };
  assert.deepEqual(await token("eos", "none"), closed);
  assert.deepEqual(await token(undefined, "eos"), closed);
  for (const open of [await token("none", "eos"), await token(undefined, "none")]) {
    assert.deepEqual([open?.position, open?.token_id === fakeIds.eos], [2, false]);
  }
});

Deno.test("a model without a token to close with is an error of the request's close", async () => {
  const fake = fakeApp();
  fake.model.tokenizer.encode = () =>
    Promise.reject(new AbacusError("invalid_request", "Cannot close texts", { path: "close" }));
  const response = await fake.rewards({ ...goodRequest, close: "eos" });
  const { error } = errorBodySchema().parse(await response.json());
  assert.deepEqual([response.status, error.kind, error.path], [400, "invalid_request", "close"]);
});

Deno.test("a number that is not finite is an error that names the completion", async () => {
  const fake = fakeApp();
  const poisoned = { items: [{ prompt: "a", completions: ["b", "poison"] }] };
  const clean = await (await fake.rewards({ items: [{ prompt: "a", completions: ["poison"] }] }))
    .json();
  const [id] = clean.items[0].completions[0].token_ids;
  const other = fakeApp({ engine: { notFinite: (ids) => ids.includes(id) } });
  const response = await other.rewards(poisoned);
  const { error } = errorBodySchema().parse(await response.json());
  assert.deepEqual([error.kind, error.path], ["model_failure", "items[0].completions[1]"]);
  await stillServes(other);
});
