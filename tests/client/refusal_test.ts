/**
 * @module
 */

import assert from "node:assert/strict";
import { type Refusal, refusalOf } from "../../src/client/refusal.ts";
import { statusOf } from "../../src/http/errors.ts";
import { wireErrorKinds } from "../../src/wire/error.ts";

function of(changes: Partial<Refusal>) {
  return refusalOf({
    status: 500,
    text: "",
    url: "http://rewards/v1/rewards",
    location: null,
    requestId: "header",
    retryAfterMs: undefined,
    ...changes,
  });
}

Deno.test("every kind of the server is kept", () => {
  for (const kind of wireErrorKinds) {
    const body = { kind, message: "Cannot score", path: "items[1]", request_id: "body" };
    const error = of({ status: statusOf[kind], text: JSON.stringify({ error: body }) });
    const { status, message, path, requestId } = error;
    assert.deepEqual({ kind: error.kind, status, message, path, requestId }, {
      kind,
      status: statusOf[kind],
      message: "Cannot score",
      path: "items[1]",
      requestId: "body",
    });
  }
});

Deno.test("what others answer is read by its status, with the beginning of the page", () => {
  const kinds = { 401: "unauthorized", 403: "unauthorized", 404: "unknown_route" } as const;
  const more = {
    413: "too_large",
    415: "unsupported_media_type",
    429: "overloaded",
    503: "overloaded",
    504: "deadline_exceeded",
  };
  const gateway = { 502: "network" };
  for (const [status, kind] of Object.entries({ ...kinds, ...more, ...gateway })) {
    assert.equal(of({ status: Number(status) }).kind, kind);
  }
  for (const status of [100, 201, 204, 400, 418, 422, 500, 501]) {
    assert.equal(of({ status }).kind, "protocol", String(status));
  }
  const page = of({ status: 502, text: `<html>\n  <h1>Bad Gateway</h1>${"x".repeat(10_000)}` });
  assert.match(page.message, /received status 502, '<html> <h1>Bad Gateway<\/h1>x+\.\.\.'$/);
  assert.ok(page.message.length < 250);
  assert.equal(page.requestId, "header");
});

Deno.test("bodies that only look like the server's are not believed", () => {
  const bodies = [
    { error: "overloaded" },
    { error: { kind: "overloaded" } },
    { error: { message: "no" } },
    { error: { kind: 3, message: "no" } },
    { error: null },
    [],
    null,
  ];
  for (const body of bodies) {
    assert.equal(of({ status: 500, text: JSON.stringify(body) }).kind, "protocol");
  }
  const bare = of({ status: 422, text: '{"error":{"kind":"too_long","message":"no","path":3}}' });
  assert.deepEqual([bare.kind, bare.path, bare.requestId], ["too_long", undefined, "header"]);
});

Deno.test("a kind that only a newer server knows keeps its message, and is read by its status", () => {
  const statuses = { 429: "overloaded", 413: "too_large", 422: "protocol", 500: "protocol" };
  for (const kind of ["of_a_newer_server", "toString"]) {
    const text = JSON.stringify({ error: { kind, message: "Cannot score", path: "items[1]" } });
    for (const [status, expected] of Object.entries(statuses)) {
      const error = of({ status: Number(status), text });
      const { message, path } = error;
      assert.deepEqual([error.kind, message, path], [expected, "Cannot score", "items[1]"]);
    }
  }
});

Deno.test("a redirect is an error, not followed", () => {
  const seen = of({ status: 308, location: "https://rewards/v1/rewards" });
  assert.equal(seen.kind, "protocol");
  assert.match(seen.message, /received a redirect to https:\/\/rewards\/v1\/rewards$/);
  const hidden = of({ status: 0 });
  assert.match(hidden.message, /received a redirect$/);
  assert.equal(hidden.status, undefined);
});
