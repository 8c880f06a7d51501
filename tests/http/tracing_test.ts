import assert from "node:assert/strict";
import { type Span, SpanStatusCode } from "@opentelemetry/api";
import type { RequestRecord } from "../../src/http/request_record.ts";
import { serverSpan, traceRequest } from "../../src/http/tracing.ts";
import { fakeApp, goodRequest } from "./fake_app.ts";

Deno.test("without tracing there is no span, so that nothing is made for it", async () => {
  assert.equal(serverSpan(), undefined);
  const seen: (Span | undefined)[] = [];
  const { app, rewards } = fakeApp({
    log: () => void seen.push(serverSpan()),
    settings: { accessLog: "text" },
  });
  assert.equal((await rewards(goodRequest)).status, 200);
  assert.equal((await app.request("/healthz")).status, 200);
  assert.deepEqual(seen, [undefined, undefined]);
});

const failed: RequestRecord = {
  time: new Date(5),
  requestId: "r1",
  method: "POST",
  path: "/v2/models/a/infer",
  route: "/v2/models/:name/infer",
  status: 422,
  seconds: 0.001,
  keyName: "trainer",
  kind: "too_long",
};

/** What is said of a span. */
function described(record: RequestRecord): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  const span = {
    updateName: (name: string) => (said["name"] = name),
    setAttributes: (attributes: object) => Object.assign(said, attributes),
    setStatus: (status: object) => (said["status"] = status),
  };
  traceRequest(span as unknown as Span, record);
  return said;
}

Deno.test("a failure of the server's is the status of its span, one of the caller's is not", () => {
  const reached = { model: "a", stages: {} };
  const late = described({ ...failed, status: 504, kind: "deadline_exceeded", reached });
  assert.deepEqual(late["status"], { code: SpanStatusCode.ERROR, message: "deadline_exceeded" });
  assert.equal(late["abacus.model"], "a");
});

Deno.test("a failure is described in its span as far as it came", () => {
  assert.deepEqual(described(failed), {
    "name": "POST /v2/models/:name/infer",
    "http.route": "/v2/models/:name/infer",
    "abacus.request_id": "r1",
    "abacus.key": "trainer",
    "error.type": "too_long",
  });
});
