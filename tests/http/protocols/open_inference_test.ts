import assert from "node:assert/strict";
import { type FakeApp, fakeApp, type FakeAppOptions } from "../fake_app.ts";

const path = "/v2/models/fake-reward/infer";

interface Tensor {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

interface Reply {
  readonly model_name: string;
  readonly id?: string;
  readonly parameters: { readonly token_rewards_cover: string };
  readonly outputs: readonly Tensor[];
}

function bytes(name: string, data: readonly unknown[], shape = [data.length]) {
  return { name, shape, datatype: "BYTES", data };
}

const inputs = [
  bytes("prompt", ["The film", "The film"]),
  bytes("completion", [" was", " is it."]),
];

async function post(body: unknown, init: RequestInit = {}, fake: FakeApp = fakeApp()) {
  const headers = { "Content-Type": "application/json" };
  return await fake.app.request(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers,
    ...init,
  });
}

async function infer(body: unknown, init?: RequestInit, fake?: FakeApp): Promise<Reply> {
  const response = await post(body, init, fake);
  assert.equal(response.status, 200, await response.clone().text());
  return await response.json();
}

/** What KServe's and Triton's clients make of an output: an array of its type, in its shape. */
function asArray(reply: Reply, name: string) {
  const output = reply.outputs.find((each) => each.name === name);
  assert.ok(output !== undefined, `no output ${name}`);
  const { datatype, shape, data } = output;
  assert.equal(data.length, shape.reduce((all, each) => all * each, 1), `${name} cannot be shaped`);
  if (datatype === "INT64") assert.ok(data.every(Number.isSafeInteger));
  return { datatype, shape, data };
}

/** An answer to GET, with its status. */
async function get(url: string, options: FakeAppOptions = {}): Promise<[number, unknown]> {
  const response = await fakeApp(options).app.request(url);
  return [response.status, await response.json()];
}

Deno.test("KServe's client reads health and readiness from bodies", async () => {
  assert.deepEqual(await get("/v2/health/live"), [200, { live: true }]);
  assert.deepEqual(await get("/v2/health/ready"), [200, { ready: true }]);
  assert.deepEqual(await get("/v2/models/fake-reward/ready"), [200, {
    name: "fake-reward",
    ready: true,
  }]);
});

Deno.test("a server that loads is alive and not ready", async () => {
  const loading = { models: new Promise<never>(() => {}) };
  assert.deepEqual(await get("/v2/health/live", loading), [200, { live: true }]);
  assert.deepEqual(await get("/v2/health/ready", loading), [503, { ready: false }]);
  const [status, body] = await get("/v2/models/fake-reward/ready", loading);
  assert.equal(status, 503);
  assert.match((body as { error: string }).error, /loading/);
});

Deno.test("the metadata of a server and a model are what the specification says", async () => {
  assert.deepEqual(await get("/v2", { version: "1.2" }), [200, {
    name: "abacus",
    version: "1.2",
    extensions: ["binary_tensor_data"],
  }]);
  const [, metadata] = await get("/v2/models/fake-reward") as [number, Record<string, Tensor[]>];
  const reply = await infer({ inputs });
  assert.deepEqual(
    metadata["outputs"]?.map(({ name, datatype }) => [name, datatype]),
    reply.outputs.map(({ name, datatype }) => [name, datatype]),
  );
  assert.deepEqual(
    metadata["outputs"]?.map(({ shape }) => shape.length),
    reply.outputs.map(({ shape }) => shape.length),
  );
  assert.deepEqual(metadata["inputs"]?.map(({ name }) => name), ["prompt", "completion"]);
});

Deno.test("a model that is not loaded is an error in the protocol's shape, wherever it is named", async () => {
  for (const url of ["/v2/models/other", "/v2/models/other/ready"]) {
    const [status, body] = await get(url);
    assert.equal(status, 404);
    assert.match((body as { error: string }).error, /'fake-reward': received 'other'/);
  }
});

Deno.test("outputs are vectors and padded matrices that clients can shape", async () => {
  const reply = await infer({ id: "42", inputs });
  assert.deepEqual([reply.model_name, reply.id], ["fake-reward", "42"]);
  assert.equal(reply.parameters.token_rewards_cover, "completion");
  assert.deepEqual(asArray(reply, "score").shape, [2]);
  assert.deepEqual(asArray(reply, "token_count").data, [1, 3]);
  for (const name of ["token_rewards", "token_ids", "token_starts", "token_ends"]) {
    assert.deepEqual(asArray(reply, name).shape, [2, 3]);
  }
  assert.deepEqual(asArray(reply, "token_rewards").data.slice(1, 3), [0, 0]);
  assert.deepEqual(asArray(reply, "token_ends").data, [4, 0, 0, 3, 6, 7]);
  assert.deepEqual(asArray(reply, "unassigned").data, [0, 0]);
});

Deno.test("the outputs that are named come in their order, and the score alone costs no credit", async () => {
  const fake = fakeApp();
  const named = [{ name: "token_count" }, { name: "score", parameters: { binary_data: false } }];
  const reply = await infer({ inputs, outputs: named }, {}, fake);
  assert.deepEqual(reply.outputs.map(({ name }) => name), ["token_count", "score"]);
  const alone = await infer({ inputs, outputs: named.slice(1) }, {}, fake);
  assert.deepEqual(asArray(alone, "score").data, asArray(reply, "score").data);
  const measured = fake.model.engine.batches.map(([query]) => query?.measure);
  assert.deepEqual(measured, [["attention"], []]);
});

Deno.test("elements may be nested as their shape is", async () => {
  const nested = [
    bytes("prompt", [["The film"], ["The film"]], [2, 1]),
    bytes("completion", [[" was"], [" is it."]], [2, 1]),
  ];
  const reply = await infer({ inputs: nested });
  assert.deepEqual(reply.outputs, (await infer({ inputs })).outputs);
});

Deno.test("without a prompt the token rewards cover the whole text, and the reply says so", async () => {
  const reply = await infer({ inputs: [bytes("completion", ["The film was"])] });
  assert.equal(reply.parameters.token_rewards_cover, "text");
  assert.deepEqual(asArray(reply, "token_starts").data, [0, 3, 8]);
});

Deno.test("an empty batch is answered by empty tensors", async () => {
  const reply = await infer({ inputs: [bytes("completion", [])] });
  assert.deepEqual(asArray(reply, "score"), { datatype: "FP64", shape: [0], data: [] });
  assert.deepEqual(asArray(reply, "token_rewards").shape, [0, 0]);
});

Deno.test("a matrix of little but padding is refused, and the score alone is not", async () => {
  const data = [...Array(4_095).fill("a"), "a ".repeat(1_100)];
  const options = { model: { context: 2_000 } };
  const body = { inputs: [bytes("completion", data)] };
  const response = await post(body, {}, fakeApp(options));
  assert.equal(response.status, 413);
  assert.match((await response.json()).error, /received 4096 samples of up to 1101 tokens/);
  await infer({ ...body, outputs: [{ name: "score" }] }, {}, fakeApp(options));
});

Deno.test("parameters say how to score; those of others are ignored", async () => {
  const parameters = { method: "uniform", beta: 1, binary_data_output: false, priority: 5 };
  const reply = await infer({ inputs: [bytes("completion", ["a b"])], parameters });
  const [first, second] = asArray(reply, "token_rewards").data;
  assert.equal(first, second);
  const fake = fakeApp();
  await infer(
    { inputs: [bytes("completion", ["a b"])], parameters: { templated: true } },
    {},
    fake,
  );
  assert.equal(fake.model.engine.batches[0]?.[0]?.ids.length, 2);
});

Deno.test("a parameter that is null is absent, and one that is empty is refused", async () => {
  const asked = { inputs: [bytes("completion", ["a b"])] };
  const parameters = { beta: null, layer: null, method: null, templated: null, unit: null };
  assert.deepEqual(
    asArray(await infer({ ...asked, parameters }), "token_rewards").data,
    asArray(await infer(asked), "token_rewards").data,
  );
  for (const wrong of [{ beta: "" }, { beta: [] }, { beta: true }, { passes: "0x10" }]) {
    const response = await post({ ...asked, parameters: wrong });
    assert.equal(response.status, 400);
    const [name] = Object.keys(wrong);
    assert.match(
      (await response.json()).error,
      new RegExp(`parameters\\.${name} must be a number`),
    );
  }
});

Deno.test("Triton's client sends no content type, and is understood", async () => {
  const response = await post({ inputs }, { headers: {}, body: textWithoutType({ inputs }) });
  assert.equal(response.status, 200, await response.text());
});

Deno.test("a page of another origin must send its content type", async () => {
  const headers = { Origin: "https://other.example" };
  const response = await post({ inputs }, { headers, body: textWithoutType({ inputs }) });
  assert.equal(response.status, 400);
  assert.match((await response.json()).error, /content type must be application\/json/);
});

/** A text with its length before it, as in BYTES. */
function element(text: string): number[] {
  const utf8 = new TextEncoder().encode(text);
  return [...new Uint8Array(Uint32Array.of(utf8.length).buffer), ...utf8];
}

/** A body of a head and binary tensors, and its headers. */
function binary(
  head: object,
  elements: readonly (readonly string[])[],
): { headers: Record<string, string>; body: Uint8Array<ArrayBuffer> } {
  const inputs = ["prompt", "completion"].slice(-elements.length).map((name, i) => ({
    ...bytes(name, elements[i]!),
    data: undefined,
    parameters: { binary_data_size: elements[i]!.flatMap(element).length },
  }));
  const json = new TextEncoder().encode(JSON.stringify({ ...head, inputs }));
  return {
    headers: {
      "Content-Type": "application/octet-stream",
      "Inference-Header-Content-Length": String(json.length),
    },
    body: Uint8Array.from([...json, ...elements.flat().flatMap(element)]),
  };
}

const texts = [["The film", "The film"], [" was 🎬", " is it."]];

Deno.test("binary tensors say what JSON says", async () => {
  const json = await infer({
    inputs: [bytes("prompt", texts[0]!), bytes("completion", texts[1]!)],
  });
  assert.deepEqual((await infer({}, binary({}, texts))).outputs, json.outputs);
});

Deno.test("outputs come as bytes where that is asked, all or some", async () => {
  const json = await infer({}, binary({}, texts));
  const response = await post({}, binary({ parameters: { binary_data_output: true } }, texts));
  assert.equal(response.headers.get("content-type"), "application/octet-stream");
  const whole = new Uint8Array(await response.arrayBuffer());
  const length = Number(response.headers.get("inference-header-content-length"));
  const head = JSON.parse(new TextDecoder().decode(whole.subarray(0, length)));
  let at = length;
  for (const { name, datatype, shape, data, parameters } of head.outputs) {
    assert.equal(data, undefined);
    const own = whole.slice(at, at += parameters.binary_data_size).buffer;
    const numbers = datatype === "FP64"
      ? [...new Float64Array(own)]
      : [...new BigInt64Array(own)].map(Number);
    assert.deepEqual({ datatype, shape, data: numbers }, asArray(json, name));
  }
  assert.equal(at, whole.length);
  const outputs = [{ name: "score", parameters: { binary_data: true } }, { name: "token_count" }];
  const mixed = await post({}, binary({ outputs }, texts));
  const mixedLength = Number(mixed.headers.get("inference-header-content-length"));
  const mixedHead = JSON.parse((await mixed.text()).slice(0, mixedLength));
  assert.deepEqual(mixedHead.outputs[1].data, asArray(json, "token_count").data);
  assert.equal(mixedHead.outputs[0].parameters.binary_data_size, 16);
});

Deno.test("lengths that do not fit are refused with their place", async () => {
  const { headers, body } = binary({}, texts);
  const length = Number(headers["Inference-Header-Content-Length"]);
  const cases: [headers: Record<string, string>, body: Uint8Array<ArrayBuffer>, says: RegExp][] = [
    [{ "Inference-Header-Content-Length": String(body.length + 1) }, body, /at most the body's/],
    [{ "Inference-Header-Content-Length": "-1" }, body, /at most the body's/],
    [{ "Inference-Header-Content-Length": "9" }, body, /not JSON/],
    [{}, body.slice(0, -1), /inputs\[1\] must have \d+ bytes behind the head: received \d+/],
    [{}, Uint8Array.from([...body, 0]), /must be those of inputs: received 1 more/],
    [{}, body.with(length + 3, 255), /inputs\[0\]\.data\[0\] must have \d+ bytes/],
    [{}, body.with(length + 5, 255), /inputs\[0\]\.data\[0\] must be UTF-8/],
  ];
  for (const [more, sent, says] of cases) {
    const response = await post({}, { headers: { ...headers, ...more }, body: sent });
    const { error } = await response.json();
    assert.equal(response.status, 400, error);
    assert.match(error, says);
  }
});

Deno.test("Triton's clients read from the configuration that batches are taken", async () => {
  const [status, config] = await get("/v2/models/fake-reward/config");
  assert.equal(status, 200);
  const { max_batch_size: most, input } = config as { max_batch_size: number; input: object[] };
  assert.ok(most > 1);
  assert.deepEqual(input[0], { name: "prompt", data_type: "TYPE_STRING", dims: [-1] });
});

/** A body for which `fetch` sets no content type, as it would for a text. */
function textWithoutType(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

Deno.test("probes need no key, and models do", async () => {
  const keyed = { settings: { apiKey: "k" } };
  assert.equal((await get("/v2/health/ready", keyed))[0], 200);
  const [status, body] = await get("/v2/models/fake-reward", keyed);
  assert.deepEqual([status, Object.keys(body as object)], [401, ["error"]]);
});

Deno.test("metrics know no models by path, which callers can think of", async () => {
  const { app } = fakeApp();
  for (const name of ["a", "b"]) await app.request(`/v2/models/${name}`);
  const text = await (await app.request("/metrics")).text();
  assert.ok(text.includes('route="/v2/models/:name",status="404",kind="unknown_model"} 2'), text);
});
