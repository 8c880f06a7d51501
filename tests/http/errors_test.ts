import assert from "node:assert/strict";
import { Hono } from "hono";
import { AbacusError, type ErrorKind } from "../../src/errors.ts";
import {
  errorResponse,
  type ErrorResponseOptions,
  fullMessage,
  nativeErrors,
  publicError,
  statusOf,
} from "../../src/http/errors.ts";
import { errorBodySchema, wireErrorKinds } from "../../src/wire/error.ts";

const promised: readonly [ErrorKind, number][] = [
  ["invalid_request", 400],
  ["unauthorized", 401],
  ["unknown_model", 404],
  ["unknown_route", 404],
  ["unsupported_media_type", 415],
  ["too_large", 413],
  ["too_long", 422],
  ["overloaded", 503],
  ["deadline_exceeded", 504],
  ["cancelled", 499],
  ["model_failure", 500],
];

function answer(error: AbacusError, options?: ErrorResponseOptions): Promise<Response> {
  const app = new Hono<{ Variables: { requestId: string } }>();
  app.get("/", (context) => {
    context.set("requestId", "r1");
    return errorResponse(context, error, options);
  });
  return Promise.resolve(app.request("/"));
}

Deno.test("the table of statuses says what the wire format promises", () => {
  for (const [kind, status] of promised) assert.equal(statusOf[kind], status, kind);
  assert.deepEqual(promised.map(([kind]) => kind), [...wireErrorKinds]);
});

Deno.test("every kind either crosses the network or is a model failure to callers", () => {
  const kinds = Object.keys(statusOf) as ErrorKind[];
  const hidden = kinds.filter((kind) =>
    publicError(new AbacusError(kind, "Cannot score")).kind !== kind
  );
  assert.deepEqual([...hidden, ...wireErrorKinds].toSorted(), kinds.toSorted());
  assert.deepEqual(hidden.toSorted(), ["bad_device", "bad_model", "bad_usage", "training_failed"]);
});

Deno.test("an error is answered with its kind, message, path and the request's id", async () => {
  const response = await answer(new AbacusError("too_long", "Cannot score", { path: "items[0]" }));
  assert.equal(response.status, 422);
  const body = await response.json();
  assert.deepEqual(body, {
    error: { kind: "too_long", message: "Cannot score", path: "items[0]", request_id: "r1" },
  });
  errorBodySchema().parse(body);
});

Deno.test("an error without a path has none in its answer", async () => {
  const body = await (await answer(new AbacusError("too_long", "Cannot score"))).json();
  assert.ok(!("path" in body.error));
});

Deno.test("an overloaded server says in whole seconds when to come back", async () => {
  const after = async (retryAfterS?: number) => {
    const details = retryAfterS === undefined ? {} : { retryAfterS };
    const response = await answer(new AbacusError("overloaded", "Cannot admit", details));
    assert.equal(response.status, 503);
    return response.headers.get("Retry-After");
  };
  assert.deepEqual([await after(), await after(0.2), await after(2.1)], ["1", "1", "3"]);
});

Deno.test("an unauthorized caller is told the scheme, in a way that opens no dialog in browsers", async () => {
  const response = await answer(new AbacusError("unauthorized", "Cannot answer"));
  assert.equal(response.headers.get("WWW-Authenticate"), 'Bearer realm="abacus"');
});

Deno.test("a caller whose encoding is not read is told those that are", async () => {
  const response = await answer(new AbacusError("unsupported_media_type", "Cannot read"));
  assert.deepEqual([response.status, response.headers.get("Accept-Encoding")], [
    415,
    "gzip, identity",
  ]);
});

Deno.test("a status may stand in for the table's", async () => {
  const response = await answer(new AbacusError("unknown_route", "Cannot answer"), { status: 405 });
  assert.equal(response.status, 405);
});

Deno.test("a route's own form decides the body and the status", async () => {
  const form = {
    ...nativeErrors,
    errorBody: ({ message }: AbacusError, id: string) => ({ detail: `${message} ${id}` }),
    statusOf: { ...statusOf, too_long: 400 },
  };
  const response = await answer(new AbacusError("too_long", "Cannot score"), { form });
  assert.deepEqual([response.status, await response.json()], [400, { detail: "Cannot score r1" }]);
});

Deno.test("a form that holds a text only names the place in it, once", () => {
  const error = new AbacusError("too_long", "Cannot score", { path: "query[3]" });
  assert.equal(fullMessage(error), "Cannot score (at query[3])");
  assert.equal(fullMessage(error.with({ message: "query[3] fails" })), "query[3] fails");
  assert.equal(fullMessage(error.with({ path: undefined })), "Cannot score");
});

Deno.test("errors for callers stay what they are", () => {
  for (const kind of wireErrorKinds) {
    const error = new AbacusError(kind, "Cannot do it", { path: "x" });
    assert.equal(publicError(error), error);
  }
});

Deno.test("a failure of the model that names the completion keeps its words", () => {
  const error = new AbacusError("model_failure", "Cannot score: received NaN", {
    path: "items[0]",
  });
  assert.equal(publicError(error), error);
  const wrapped = new AbacusError("model_failure", "Cannot run", { path: "items[0]", cause: 1 });
  assert.equal(publicError(wrapped).path, "items[0]");
});

Deno.test("whatever speaks of the inside becomes a model failure that tells nothing of it", () => {
  const secrets: unknown[] = [
    new Error("ENOENT /home/me/secret"),
    new TypeError("undefined is not secret"),
    "secret",
    undefined,
    null,
    { secret: true },
    new AbacusError("bad_model", "Cannot load /home/me/secret"),
    new AbacusError("bad_device", "Cannot use secret"),
    new AbacusError("bad_usage", "Cannot parse secret"),
    new AbacusError("model_failure", "Cannot run: secret", { cause: new Error("secret") }),
  ];
  for (const thrown of secrets) {
    const error = publicError(thrown);
    assert.equal(error.kind, "model_failure");
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(error.cause, thrown);
  }
});
