import assert from "node:assert/strict";
import { z } from "zod";
import type { JsonObject, OpenApiDocument } from "../../src/http/openapi.ts";
import { assetNames } from "../../src/page/assets.ts";
import { wireErrorKinds } from "../../src/wire/error.ts";
import { type FakeApp, fakeApp, type FakeAppOptions, goodRequest } from "./fake_app.ts";

async function documentOf({ app }: FakeApp): Promise<OpenApiDocument> {
  return await (await app.request("/openapi.json")).json();
}

interface Operation {
  readonly operationId: string;
  readonly security?: unknown;
  readonly requestBody?: { content: Record<string, { schema: JsonObject }> };
  readonly responses: Record<
    string,
    { description: string; content: Record<string, { schema: JsonObject }> }
  >;
}

function operation(document: OpenApiDocument, method: string, path: string): Operation {
  return document.paths[path]?.[method] as unknown as Operation;
}

/** A schema of the document as a check that runs. */
function checkOf(document: OpenApiDocument, schema: JsonObject): z.ZodType {
  const moved = JSON.stringify({ ...schema, $defs: document.components.schemas })
    .replaceAll("#/components/schemas/", "#/$defs/");
  return z.fromJSONSchema(JSON.parse(moved));
}

Deno.test("the document is OpenAPI 3.1 and every reference in it leads somewhere", async () => {
  const document = await documentOf(fakeApp());
  assert.equal(document.openapi, "3.1.0");
  const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
  for (const [, reference] of references) {
    const name = reference?.replace("#/components/schemas/", "") ?? "";
    assert.ok(document.components.schemas[name], reference);
  }
  assert.doesNotMatch(JSON.stringify(document), /\$defs/);
});

Deno.test("answers of too many requests are documented with the status that was set, but where a peer's is fixed", async () => {
  const document = await documentOf(fakeApp({ settings: { overloadStatus: 429 } }));
  const statuses = (path: string) => Object.keys(operation(document, "post", path).responses);
  assert.ok(["429", "503"].every((status) => statuses("/v1/rewards").includes(status)));
  const usual = await documentOf(fakeApp());
  const { responses: peer } = operation(usual, "post", "/predict");
  assert.deepEqual(statuses("/predict"), Object.keys(peer));
  assert.ok(Object.hasOwn(peer, "429") && Object.hasOwn(peer, "503"));
  assert.ok(!Object.hasOwn(operation(usual, "post", "/v1/rewards").responses, "429"));
});

Deno.test("bodies and answers that may be bytes are documented as such, beside JSON", async () => {
  const document = await documentOf(fakeApp());
  const typesOf = (path: string) => {
    const { requestBody, responses } = operation(document, "post", path);
    return [requestBody!, responses["200"]!].map(({ content }) => Object.keys(content));
  };
  const [json, both] = [["application/json"], ["application/json", "application/octet-stream"]];
  assert.deepEqual(typesOf("/pooling"), [json, both]);
  assert.deepEqual(typesOf("/v2/models/{name}/infer"), [both, both]);
  assert.deepEqual(typesOf("/v1/rewards"), [json, json]);
});

Deno.test("every route of the app is documented, and every documented one is a route", async () => {
  const fake = fakeApp();
  const document = await documentOf(fake);
  const pages = new Set(["/", ...assetNames.map((name) => `/page/${name}`)]);
  const served = fake.app.routes
    .filter(({ method, path }) => method !== "ALL" && !pages.has(path))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`)
  );
  assert.deepEqual(documented.toSorted(), [...new Set(served)].toSorted());
  const ids = Object.values(document.paths).flatMap((operations) =>
    Object.values(operations).map(({ operationId }) => operationId)
  );
  assert.equal(new Set(ids).size, ids.length);
});

/** An answer that can be had, and the operation it belongs to. */
interface Case {
  readonly name: string;
  readonly status: number;
  readonly options?: FakeAppOptions;
  /** A request to `POST /v1/rewards`, or a path that is read. */
  readonly ask: object | string;
}

const ids = { items: [{ prompt_ids: [1], completion_ids: [[2, 3]] }] };
const spans = { items: [{ prompt: "a", completions: ["b c", ""], token_spans: [[[0, 3]], []] }] };
const chat = { items: [{ messages: [{ role: "user", content: "a" }], completions: ["b"] }] };
const cases: readonly Case[] = [
  { name: "rewards", status: 200, ask: goodRequest },
  { name: "rewards in base64", status: 200, ask: { ...goodRequest, encoding: "base64" } },
  { name: "rewards of spans", status: 200, ask: { ...spans, credit: { method: "red" } } },
  { name: "rewards of ids", status: 200, ask: ids },
  { name: "rewards of a conversation", status: 200, ask: chat },
  { name: "a refused request", status: 400, ask: {} },
  { name: "another model", status: 404, ask: { ...goodRequest, model: "other" } },
  {
    name: "a large body",
    status: 413,
    ask: goodRequest,
    options: { settings: { maxBodyBytes: 9 } },
  },
  { name: "a long text", status: 422, ask: goodRequest, options: { model: { context: 4 } } },
  {
    name: "a full queue",
    status: 503,
    ask: goodRequest,
    options: { batcher: { limits: { maxQueuedTokens: 0 } } },
  },
  { name: "no key", status: 401, ask: goodRequest, options: { settings: { apiKey: "k" } } },
  { name: "the models", status: 200, ask: "/v1/models" },
  {
    name: "the models of a loading server",
    status: 503,
    ask: "/v1/models",
    options: { models: new Promise(() => {}) },
  },
  { name: "health", status: 200, ask: "/healthz" },
  { name: "readiness", status: 200, ask: "/readyz" },
  {
    name: "readiness of a draining server",
    status: 503,
    ask: "/readyz",
    options: { draining: AbortSignal.abort() },
  },
];

for (const { name, status, options, ask } of cases) {
  Deno.test(`the answer of ${name} (${status}) is what the document says`, async () => {
    const fake = fakeApp(options);
    const document = await documentOf(fake);
    const read = typeof ask === "string";
    const response = await (read ? fake.app.request(ask) : fake.rewards(ask));
    assert.equal(response.status, status);
    const { responses } = read
      ? operation(document, "get", ask)
      : operation(document, "post", "/v1/rewards");
    const content = responses[status]?.content["application/json"];
    assert.ok(content, `${status} is not documented`);
    checkOf(document, content.schema).parse(await response.json());
  });
}

Deno.test("what the document says of a request is what the server takes", async () => {
  const fake = fakeApp();
  const document = await documentOf(fake);
  const body = operation(document, "post", "/v1/rewards").requestBody?.content["application/json"];
  assert.ok(body);
  const check = checkOf(document, body.schema);
  const requests: unknown[] = [
    goodRequest,
    { ...goodRequest, credit: { beta: 0 }, truncate: "left", encoding: "base64" },
    { items: [{ prompt_ids: [], completion_ids: [[1]] }] },
    {},
    { items: [] },
    { ...goodRequest, more: 1 },
    { ...goodRequest, credit: { method: "none" } },
    { ...goodRequest, credit: { beta: -0.1 } },
    { items: [{ prompt: "a", completions: [1] }] },
    { items: [{ prompt: "a", completions: [] }] },
    { items: [{ prompt_ids: [0.5], completion_ids: [[1]] }] },
  ];
  for (const request of requests) {
    const response = await fake.rewards(request);
    assert.equal(
      check.safeParse(request).success,
      response.status === 200,
      JSON.stringify(request),
    );
    await response.body?.cancel();
  }
});

Deno.test("the examples of the document are what its schemas say", async () => {
  const document = await documentOf(fakeApp());
  let checked = 0;
  for (const [name, schema] of Object.entries(document.components.schemas)) {
    for (const example of (schema.examples ?? []) as unknown[]) {
      checkOf(document, { $ref: `#/components/schemas/${name}` }).parse(example);
      checked++;
    }
  }
  assert.ok(checked >= 3, String(checked));
});

Deno.test("the key is documented where it is asked for, and nowhere else", async () => {
  const open = await documentOf(fakeApp());
  assert.doesNotMatch(JSON.stringify(open), /security/);
  const keyed = await documentOf(fakeApp({ settings: { apiKey: "k" } }));
  assert.deepEqual(operation(keyed, "post", "/v1/rewards").security, [{ bearer: [] }, {
    basic: [],
  }]);
  assert.equal(operation(keyed, "get", "/healthz").security, undefined);
  assert.ok(keyed.components.securitySchemes);
});

Deno.test("every kind of failure that can reach a caller stands in the document", async () => {
  const document = await documentOf(fakeApp({ settings: { apiKey: "k" } }));
  const { responses } = operation(document, "post", "/v1/rewards");
  const told = Object.values(responses).map(({ description }) => description).join(" ");
  // A path that no route has is in no document.
  for (const kind of wireErrorKinds.filter((kind) => kind !== "unknown_route")) {
    assert.match(told, new RegExp(`\\b${kind}\\b`));
  }
});
