/**
 * What every protocol owes its clients, run against each of them: raw scores that are single numbers,
 * token rewards beside them that add up, and failures that are errors in the protocol's own shape.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Protocol } from "../../src/http/protocols/protocol.ts";
import { protocols } from "../../src/http/protocols/registry.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { type FakeApp, fakeApp, type FakeAppOptions } from "../http/fake_app.ts";
import { type ProtocolCase, protocolCases, type Text } from "./protocol_cases.ts";

/** Two completions of one prompt, of different lengths, with a sign that is no ASCII. */
const both = [{ prompt: "The film was", completion: " a delight." }, {
  prompt: "The film was",
  completion: " dull 🎬",
}];

const long = [{ prompt: "a", completion: " word".repeat(100) }];

/** An app that is asked by one protocol. */
interface Asked extends FakeApp {
  /** Posts a value as JSON, or a string as it stands. */
  ask(body: unknown, init?: RequestInit & { readonly path?: string }): Promise<Response>;
}

function asked({ path }: ProtocolCase, options: FakeAppOptions = {}): Asked {
  const fake = fakeApp(options);
  const ask: Asked["ask"] = async (body, init = {}) => {
    const headers = new Headers({ "Content-Type": "application/json" });
    new Headers(init.headers).forEach((value, name) => headers.set(name, value));
    const text = typeof body === "string" ? body : JSON.stringify(body);
    return await fake.app.request(init.path ?? path, {
      ...init,
      method: "POST",
      body: text,
      headers,
    });
  };
  return { ...fake, ask };
}

/** What the scorer itself says of texts, as a protocol hands them over. */
async function rawScores(
  { templated = false, whole = false }: ProtocolCase,
  texts: readonly Text[],
): Promise<number[]> {
  const { completions } = await fakeApp().models.find().scorer.score({
    samples: texts.map(({ prompt, completion }) => ({
      kind: "plain",
      prompt: whole ? "" : prompt,
      completion: whole ? prompt + completion : completion,
      templated,
    })),
    credit: { method: "terminal", beta: 1 },
    truncation: "none",
  });
  return completions.map(({ score }) => score);
}

/** Fails unless the response is an error of this status in the protocol's shape, without a number. */
async function assertFailure(
  protocol: Protocol,
  response: Response,
  { status, says }: { readonly status: number; readonly says: RegExp },
): Promise<void> {
  const text = await response.text();
  assert.equal(response.status, status, text);
  const body: unknown = JSON.parse(text);
  assert.deepEqual(protocol.errorSchema().parse(body), body);
  assert.match(text, says);
  // Some peers repeat the status in the body.
  assert.ok(!holdsNumber(body, status), `a failure holds a number: ${text}`);
}

function holdsNumber(value: unknown, but: number): boolean {
  if (typeof value === "number") return value !== but;
  if (typeof value !== "object" || value === null) return false;
  return Object.values(value).some((each) => holdsNumber(each, but));
}

const usualStatuses = { invalid: 400, overloaded: 503, failed: 500 };

/** What names a protocol here: peers may have several. */
function operationOf({ routes: [first] }: Protocol): string {
  return first!.operationId;
}

/** The protocol that answers for a path before a body tells which of several is spoken. */
function firstAt(at: string): Protocol {
  const matches = (pattern: string) => new URLPattern({ pathname: pattern }).test({ pathname: at });
  return protocols.find(({ routes }) => routes.some(({ path }) => matches(path)))!;
}

function errorSchemaOf(protocol: Protocol) {
  return protocol.errorSchema();
}

/** A copy of `value` in which another value stands in one place; which one, `at` decides. */
function withPart(value: unknown, at: number, part: unknown): unknown {
  const copy = structuredClone({ value });
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const visit = (holder: Record<string, unknown>) => {
    for (const [key, inner] of Object.entries(holder)) {
      places.push([holder, key]);
      if (typeof inner === "object" && inner !== null) visit(inner as Record<string, unknown>);
    }
  };
  visit(copy);
  const [holder, key] = places[at % places.length]!;
  holder[key] = part;
  return copy.value;
}

/** Lets everything that is due run; no time is waited for. */
function turns(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function untilAsked({ model }: FakeApp): Promise<void> {
  while (model.engine.batches.length === 0) await turns();
}

Deno.test("every protocol is held to the contract", () => {
  assert.deepEqual(
    Object.keys(protocolCases).toSorted(),
    protocols.map(operationOf).toSorted(),
  );
});

for (const protocol of protocols) {
  const { name } = protocol;
  const testCase = protocolCases[operationOf(protocol)]!;
  const { invalid, overloaded, failed } = testCase.statuses ?? usualStatuses;
  const door = firstAt(testCase.path);
  const atDoor = protocolCases[operationOf(door)]!.statuses ?? usualStatuses;
  const texts = testCase.single ? both.slice(0, 1) : both;
  const title = `${name} ${testCase.path}`;
  const test = (what: string, run: () => Promise<void>) => Deno.test(`${title}: ${what}`, run);

  test("a good request gets raw scores, and token rewards that add up to them", async () => {
    const response = await asked(testCase).ask(testCase.request(texts));
    const reply = await response.json();
    assert.equal(response.status, 200, JSON.stringify(reply));
    assert.deepEqual(protocol.replySchema().parse(reply), reply);
    const { scores, rewards } = testCase.read(reply);
    assert.deepEqual(scores, await rawScores(testCase, texts));
    assert.equal(rewards.length, texts.length);
    for (const [i, own] of rewards.entries()) {
      const sum = own.reduce((total, each) => total + each, 0);
      assert.ok(own.length > 1 && Math.abs(sum - scores[i]!) < 1e-6, JSON.stringify(own));
    }
  });

  test("the answer does not depend on what else is in the request", async () => {
    const { ask } = asked(testCase);
    const together = testCase.read(await (await ask(testCase.request(texts))).json());
    for (const [i, text] of texts.entries()) {
      const alone = testCase.read(await (await ask(testCase.request([text]))).json());
      assert.deepEqual(alone.scores, [together.scores[i]]);
      assert.deepEqual(alone.rewards, [together.rewards[i]]);
    }
  });

  const unreadable: readonly (readonly [what: string, body: unknown])[] = [
    ["broken JSON", '{"'],
    ["an empty body", ""],
    ["null", "null"],
    ["a list", "[]"],
    ["an object without fields", {}],
  ];
  const nothing = testCase.empty === undefined ? [] : [testCase.empty];
  const bad = [
    ...unreadable.map((each) => [...each, { form: door, status: atDoor.invalid }] as const),
    ...testCase.malformed.map((each) => [...each, { form: protocol, status: invalid }] as const),
    ...nothing.map(({ body, status }) =>
      ["a batch of nothing", body, { form: protocol, status }] as const
    ),
  ];
  for (const [what, body, { form, status }] of bad) {
    test(`${what} is refused, and the server still serves`, async () => {
      const fake = asked(testCase);
      await assertFailure(form, await fake.ask(body), { status, says: /Cannot/ });
      assert.equal(fake.model.engine.batches.length, 0);
      assert.equal((await fake.ask(testCase.request(texts))).status, 200);
    });
  }

  test("a good request with any part changed is answered, or refused as the caller's fault", async () => {
    const fake = asked(testCase);
    const good = testCase.request(texts);
    const change = fc.record({ at: fc.nat(), value: fc.jsonValue({ maxDepth: 2 }) });
    const property = fc.asyncProperty(change, async ({ at, value }) => {
      const body = withPart(good, at, value);
      const response = await fake.ask(body);
      const reply = await response.json();
      const callersOwn = [200, 400, 404, 413, 422].includes(response.status);
      assert.ok(callersOwn, `${response.status}: ${JSON.stringify([body, reply])}`);
      const part = { reply: (each: Protocol) => each.replySchema(), error: errorSchemaOf }[
        response.status === 200 ? "reply" : "error"
      ];
      // Without the key that tells it from others the body is one of the path's first protocol.
      const read = [protocol, door].map((each) => part(each).safeParse(reply));
      assert.ok(read.some(({ success }) => success), JSON.stringify([body, reply]));
    });
    await fc.assert(property, { numRuns: 300 });
  });

  test("another content type is refused", async () => {
    const headers = { "Content-Type": "text/plain" };
    const response = await asked(testCase).ask(testCase.request(texts), { headers });
    await assertFailure(door, response, { status: atDoor.invalid, says: /content type/ });
  });

  test("an unknown model is refused, with the names of those that are known", async () => {
    const { path, body } = testCase.withModel(testCase.request(texts), "gpt-9");
    const response = await asked(testCase).ask(body, { path });
    await assertFailure(protocol, response, { status: 404, says: /fake-reward.*gpt-9/ });
  });

  test("the model's name is accepted", async () => {
    const { path, body } = testCase.withModel(testCase.request(texts), "fake-reward");
    const response = await asked(testCase).ask(body, { path });
    assert.equal(response.status, 200, await response.text());
  });

  test("one of several models is asked by its name, and metrics tell them apart", async () => {
    const fake = asked(testCase, { others: ["second"] });
    const { path, body } = testCase.withModel(testCase.request(texts), "second");
    const response = await fake.ask(body, { path });
    assert.equal(response.status, 200, await response.text());
    assert.equal(fake.model.engine.batches.length, 0);
    const text = await (await fake.app.request("/metrics")).text();
    assert.ok(text.includes(`completions_total{model="second"} ${texts.length}`), text);
  });

  test("a full queue is overload, with the seconds to wait", async () => {
    const fake = asked(testCase, { batcher: { limits: { maxQueued: texts.length } } });
    fake.model.engine.hold();
    const first = fake.ask(testCase.request(texts));
    await untilAsked(fake);
    const refused = await fake.ask(testCase.request(texts));
    assert.match(refused.headers.get("Retry-After") ?? "", /^[1-9]\d*$/);
    await assertFailure(protocol, refused, { status: overloaded, says: /queue is full/ });
    fake.model.engine.release();
    assert.equal((await first).status, 200);
  });

  test("a deadline that passes is answered at once", async () => {
    const clock = new FakeClock();
    const fake = asked(testCase, { clock, batcher: { clock }, settings: { deadlineMs: 500 } });
    fake.model.engine.hold();
    const late = fake.ask(testCase.request(texts));
    await untilAsked(fake);
    clock.advance(500);
    await assertFailure(protocol, await late, { status: 504, says: /deadline/ });
    fake.model.engine.release();
    await turns();
    assert.equal(clock.pending, 0);
  });

  test("a body above the limit is refused", async () => {
    const fake = asked(testCase, { settings: { maxBodyBytes: 20 } });
    const response = await fake.ask(testCase.request(texts));
    await assertFailure(door, response, { status: 413, says: /at most 20 bytes/ });
  });

  test("a text that is too long is refused, with its place", async () => {
    const response = await asked(testCase).ask(
      testCase.request(testCase.single ? long : [...texts, ...long]),
    );
    await assertFailure(protocol, response, { status: 422, says: testCase.third });
  });

  test("a credit method that the model cannot serve is refused", async () => {
    const fake = asked(testCase, { model: { attention: "bidirectional" } });
    const { path = testCase.path, body } = testCase.withMethod(testCase.request(texts), "red");
    const response = await fake.ask(body, { path });
    await assertFailure(protocol, response, {
      status: invalid,
      says: /'red' needs a causal model/,
    });
  });

  test("a caller without the key is refused; Bearer and Basic are accepted", async () => {
    const fake = asked(testCase, { settings: { apiKey: "sk-1" } });
    const refused = await fake.ask(testCase.request(texts));
    assert.match(refused.headers.get("WWW-Authenticate") ?? "", /^Bearer/);
    await assertFailure(door, refused, { status: 401, says: /key/ });
    for (const Authorization of ["Bearer sk-1", `Basic ${btoa("any:sk-1")}`]) {
      const response = await fake.ask(testCase.request(texts), { headers: { Authorization } });
      assert.equal(response.status, 200, await response.text());
    }
  });

  test("a failed model is an error that hides its cause, never a number", async () => {
    const fake = asked(testCase);
    fake.model.engine.fail(new Error("at /opt/secret"));
    const response = await fake.ask(testCase.request(texts));
    assert.doesNotMatch(await response.clone().text(), /secret/);
    await assertFailure(protocol, response, { status: failed, says: /Cannot/ });
    fake.model.engine.mend();
    assert.equal((await fake.ask(testCase.request(texts))).status, 200);
  });

  test("a score that is not finite is an error, never a number", async () => {
    const fake = asked(testCase, { engine: { notFinite: () => true } });
    const response = await fake.ask(testCase.request(texts));
    await assertFailure(protocol, response, { status: failed, says: /not finite/ });
  });

  test("a server that loads refuses before it reads", async () => {
    const fake = asked(testCase, { models: new Promise(() => {}) });
    const status = door.statusOfCase?.unready ?? atDoor.overloaded;
    await assertFailure(door, await fake.ask("{"), { status, says: /loading/ });
  });

  test("another method is refused in its shape, with what is allowed", async () => {
    const response = await fakeApp().app.request(testCase.path, { method: "PUT" });
    assert.match(response.headers.get("Allow") ?? "", /POST/);
    await assertFailure(door, response, { status: 405, says: /PUT/ });
  });

  test("metrics count it under its pattern", async () => {
    const fake = asked(testCase);
    await fake.ask(testCase.request(texts));
    const text = await (await fake.app.request("/metrics")).text();
    const { path } = protocol.routes[0]!;
    assert.ok(text.includes(`requests_total{route="${path}",status="200",kind="ok"} 1`), text);
    assert.match(text, new RegExp(`completions_total(\\{.*\\})? ${texts.length}`));
  });

  test("it is documented under its name", async () => {
    const { app } = fakeApp();
    const { paths } = await (await app.request("/openapi.json")).json();
    const docs = await (await app.request("/docs")).text();
    for (const { path } of protocol.routes) {
      const documented = path.replaceAll(/:(\w+)/g, "{$1}");
      assert.ok(paths[documented].post.tags.includes(name));
      assert.ok(docs.includes(documented), documented);
    }
    assert.ok(docs.includes(`<h2>${name}</h2>`));
  });
}
