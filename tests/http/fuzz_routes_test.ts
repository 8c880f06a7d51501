/**
 * Whatever is sent to any documented route, the answer is a reply, or an error of the closed set that is the
 * caller's to mend, in the form of the protocol that the body is written in. The routes and what they take come from the server's own
 * OpenAPI document, so that a new protocol is fuzzed without a new line here. A request that hangs
 * fails, as Deno ends a test whose promise nothing can settle any more.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { protocols } from "../../src/http/protocols/registry.ts";
import { errorBodySchema } from "../../src/wire/error.ts";
import { slow } from "../support/slow.ts";
import { protocolCases } from "../contracts/protocol_cases.ts";
import { fakeApp } from "./fake_app.ts";
import { missed, missesArbitrary, type Schema, valuesOf } from "./schema_values.ts";

const { app } = fakeApp();
const document = await (await app.request("/openapi.json")).json();

/** Requests to each route; with all tests more of them. */
const numRuns = slow === undefined ? 400 : 25;
const runs = { numRuns, seed: 11 };

/** The statuses of what callers can mend. */
const callersOwn = new Set([400, 404, 413, 415, 422]);

/** One text of four bytes, as binary tensors hold it. */
const textTensor = new Uint8Array([4, 0, 0, 0, 103, 111, 111, 100]);

/** A route that is posted to, and what it takes. */
interface Posted {
  readonly path: string;
  readonly schema: Schema;
}

const named = (reference: string): Schema =>
  document.components.schemas[reference.slice(reference.lastIndexOf("/") + 1)];

const posted: Posted[] = Object.entries<Record<string, unknown>>(document.paths)
  .flatMap(([path, { post }]) => {
    const operation = post as
      | { requestBody?: { content: Record<string, { schema: Schema }> } }
      | undefined;
    const schema = operation?.requestBody?.content["application/json"]?.schema;
    return schema === undefined ? [] : [{ path: path.replace("{name}", "fake-reward"), schema }];
  });

/**
 * The form that an error must have: that of the protocol in which a body is written. Of several at a path it is
 * the first's where no body was read, and that of Abacus where the path has none.
 */
function formOf(path: string, sent: unknown, { wasRead }: { wasRead: boolean }) {
  const here = protocols.filter(({ routes }) =>
    routes.some((route) => new URLPattern({ pathname: route.path }).test({ pathname: path }))
  );
  const spoken = wasRead ? here.find(({ speaks }) => speaks?.(sent) ?? true) : undefined;
  return (spoken ?? here[0])?.errorSchema() ?? errorBodySchema();
}

/** What a body says, where it is JSON. */
function jsonOf(body: BodyInit): { readonly json: unknown } | undefined {
  try {
    return typeof body === "string" ? { json: JSON.parse(body) } : undefined;
  } catch {
    return undefined;
  }
}

/** Posts, and asserts that the answer is one. @returns its status */
async function judge(path: string, body: BodyInit, headers: HeadersInit = {}): Promise<number> {
  const response = await app.request(path, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (response.status === 200) return 200;
  const text = new TextDecoder().decode(bytes);
  assert.ok(callersOwn.has(response.status), `${path}: ${response.status} ${text}`);
  const sent = jsonOf(body);
  const form = formOf(path, sent?.json, { wasRead: sent !== undefined });
  // Strictly: some forms are others with fewer keys.
  const error = JSON.parse(text);
  assert.deepEqual(form.safeParse(error).data, error, `${path}: not its protocol's form: ${text}`);
  return response.status;
}

Deno.test("every protocol's routes are among those that are fuzzed", () => {
  const paths = new Set(posted.map(({ path }) => path));
  for (const { path } of protocols.flatMap(({ routes }) => routes)) {
    assert.ok(paths.has(path.replace(":name", "fake-reward")), path);
  }
});

for (const { path, schema } of posted) {
  Deno.test(`${path} answers what its schema describes, and what misses it narrowly`, async () => {
    const value = valuesOf(schema, named);
    await fc.assert(
      fc.asyncProperty(value, fc.option(missesArbitrary), async (value, miss) => {
        const body = JSON.stringify(miss === null ? value : missed(value, miss));
        await judge(path, body ?? "");
      }),
      runs,
    );
  });

  Deno.test(`${path} answers bodies of any type and bytes, and tensors behind JSON`, async () => {
    const types = fc.oneof(
      fc.constantFrom(
        "application/json",
        "application/octet-stream",
        "text/plain",
        "",
        "application/json; charset=latin1",
        "multipart/form-data",
      ),
      fc.string({ unit: fc.constantFrom(...'aZ09/+;= "'), maxLength: 30 }),
    );
    const json = JSON.stringify({
      inputs: [{
        ...{ name: "completion", shape: [1], datatype: "BYTES" },
        parameters: { binary_data_size: 8 },
      }],
    });
    const lengths = fc.oneof(
      fc.constantFrom(String(json.length), "0", "-1", "1e3", "99999999999", "a", ""),
      fc.nat(2 * json.length).map(String),
    );
    const tail = fc.oneof(fc.constant(textTensor), fc.uint8Array({ maxLength: 40 }));
    await fc.assert(
      fc.asyncProperty(types, lengths, tail, async (type, length, tail) => {
        const body = new Uint8Array([...new TextEncoder().encode(json), ...tail]);
        await judge(path, body, {
          "content-type": type,
          "inference-header-content-length": length,
        });
      }),
      runs,
    );
  });
}

for (const protocol of protocols) {
  const { operationId } = protocol.routes[0]!;
  Deno.test(`${operationId}: a right request that is missed narrowly is answered`, async () => {
    const spoken = protocolCases[operationId];
    assert.ok(spoken, `no case for ${operationId}`);
    const texts = [{ prompt: "The film was", completion: " good." }];
    const right = spoken.request(spoken.single ? texts : [...texts, ...texts]);
    assert.equal(await judge(spoken.path, JSON.stringify(right)), 200);
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(missesArbitrary, async (miss) => {
        seen.add(await judge(spoken.path, JSON.stringify(missed(right, miss)) ?? ""));
      }),
      runs,
    );
    // Were all of them refused, or none, the test would say little.
    assert.ok(seen.size > 1, [...seen].join());
  });
}

Deno.test("routes without a body answer any query with a status that they document", async () => {
  const silent = Object.entries<Record<string, { responses: object }>>(document.paths)
    .flatMap(([path, { get }]) => get === undefined ? [] : [{ path, get }]);
  const query = fc.webQueryParameters({ size: "small" });
  for (const { path, get } of silent) {
    await fc.assert(
      fc.asyncProperty(
        query,
        fc.constantFrom("fake-reward", "%ff", "a%2fb", "none"),
        async (query, name) => {
          const response = await app.request(`${path.replace("{name}", name)}?${query}`);
          await response.body?.cancel();
          assert.ok(response.status !== 500 && String(response.status) in get.responses);
        },
      ),
      runs,
    );
  }
});
