/**
 * Whatever is posted, the answer is rewards or an error of the closed set that is the caller's to
 * mend, and never a 500.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { creditMethodNames } from "../../src/credit/registry.ts";
import { statusOf } from "../../src/http/errors.ts";
import { errorBodySchema } from "../../src/wire/error.ts";
import { rewardReplySchema } from "../../src/wire/reply.ts";
import { type FakeApp, fakeApp, goodRequest } from "./fake_app.ts";

const callersOwn = new Set([400, 404, 413, 422]);

/** Asserts that a body is answered as it should be. @returns the status */
async function judge({ rewards }: FakeApp, body: BodyInit): Promise<number> {
  const response = await rewards("", { body });
  const answer = await response.json();
  if (response.status === 200) {
    rewardReplySchema().parse(answer);
    return 200;
  }
  const { error } = errorBodySchema().parse(answer);
  assert.ok(callersOwn.has(response.status), `${response.status} ${error.message}`);
  assert.equal(statusOf[error.kind], response.status);
  return response.status;
}

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.constantFrom("", "\ud800", "a\u0000b", "👩‍👩‍👧", "\u202e", "word ".repeat(80)),
);
const ids = fc.array(fc.integer({ min: -1, max: 70_000 }), { maxLength: 6 });
const odd = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.double(), fc.bigInt().map(Number));

/** Mostly right requests, with anything in the place of some parts. */
function nearly<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 50, arbitrary }, { weight: 1, arbitrary: odd });
}

const spans = fc.array(fc.tuple(fc.nat(14), fc.nat(14)), { maxLength: 4 });
const completions = nearly(fc.array(nearly(text), { minLength: 0, maxLength: 3 }));
const message = fc.record({ role: nearly(fc.constantFrom("user", "")), content: nearly(text) });
const item = fc.oneof(
  fc.record({ prompt: nearly(text), completions }),
  fc.record({
    prompt: text,
    completions: fc.array(text, { maxLength: 2 }),
    token_spans: nearly(fc.array(spans, { maxLength: 2 })),
    steps: nearly(fc.array(spans, { maxLength: 2 })),
  }),
  fc.record({ messages: nearly(fc.array(message, { maxLength: 2 })), completions }),
  fc.record({ prompt_ids: nearly(ids), completion_ids: nearly(fc.array(ids, { maxLength: 2 })) }),
);
const request = fc.record({
  items: nearly(fc.array(nearly(item), { maxLength: 3 })),
  credit: nearly(fc.record({
    method: nearly(fc.constantFrom(...creditMethodNames)),
    beta: nearly(fc.double({ min: 0, max: 1, noNaN: true })),
  }, { requiredKeys: [] })),
  truncate: nearly(fc.constantFrom("none", "left", "right")),
  // The model has no token for its score, so that "reward" is refused.
  close: nearly(fc.constantFrom("eos", "none", "none", "eos", "eos", "reward")),
  encoding: nearly(fc.constantFrom("json", "base64")),
  model: nearly(fc.constant("fake-reward")),
}, { requiredKeys: ["items"] });

Deno.test("nearly right requests get rewards or an error of the caller", async () => {
  const fake = fakeApp();
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async (body) => {
      const status = await judge(fake, JSON.stringify(body));
      seen.set(status, (seen.get(status) ?? 0) + 1);
    }),
    { numRuns: 1_500 },
  );
  // Were all of them refused, the test would say little. Long texts among right requests are few.
  for (const [status, fewest] of [[200, 10], [400, 10], [422, 1]] as const) {
    assert.ok((seen.get(status) ?? 0) >= fewest, `${[...seen]}`);
  }
});

Deno.test("any JSON is answered with an error of the caller", async () => {
  const fake = fakeApp();
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      assert.equal(await judge(fake, JSON.stringify(value)), 400);
    }),
    { numRuns: 300 },
  );
});

Deno.test("any bytes are answered with an error of the caller", async () => {
  const fake = fakeApp();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
      assert.equal(await judge(fake, new Uint8Array(bytes)), 400);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a right request with one byte changed gets rewards or an error of the caller", async () => {
  const fake = fakeApp();
  const right = new TextEncoder().encode(JSON.stringify(goodRequest));
  const change = fc.record({ at: fc.nat(right.length - 1), byte: fc.nat(255) });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, byte }) => {
      await judge(fake, right.with(at, byte));
    }),
    { numRuns: 500 },
  );
});

Deno.test("any path, method and header is answered with a known status", async () => {
  const { app } = fakeApp();
  const path = fc.oneof(
    fc.webPath(),
    fc.constantFrom(
      "/",
      "//",
      "/v1",
      "/v1/rewards/",
      "/page/../settings.ts",
      "/page/%2e%2e/x",
      "/%",
      "/%ff",
    ),
  );
  const method = fc.constantFrom(
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
    "BREW",
  );
  const header = fc.string({ unit: fc.constantFrom(..."aZ09-_ ;=,\u00e9"), maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(path, method, header, async (path, method, header) => {
      const headers = { "X-Request-Id": header, "Authorization": header, "If-None-Match": header };
      const response = await app.fetch(
        new Request(`http://abacus${path}`, { method, headers }),
        {},
      );
      await response.body?.cancel();
      assert.ok([200, 204, 304, 400, 404, 405].includes(response.status), `${response.status}`);
      assert.match(response.headers.get("X-Request-Id") ?? "", /^[\w=-]{1,255}$/);
    }),
    { numRuns: 500 },
  );
});
