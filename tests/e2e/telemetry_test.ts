/**
 * Traces as a collector gets them: the program, started as users start it, sends them to a stand-in on this
 * machine that speaks OTLP over HTTP.
 *
 * @module
 */

import assert from "node:assert/strict";
import { testWhere } from "../support/test_where.ts";
import { modelMissing, startServer } from "./program.ts";

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

/** A collector that keeps the spans it is sent. */
function collector() {
  const spans: Sent[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const body = await request.json();
    for (const { scopeSpans } of body.resourceSpans ?? []) {
      for (const scope of scopeSpans) spans.push(...scope.spans);
    }
    return Response.json({});
  });
  return { spans, server, url: `http://127.0.0.1:${server.addr.port}` };
}

function attributesOf({ attributes }: Sent): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}

testWhere({
  name: "a request is a span under its caller's, with a span for each stage that it came to",
  missing: modelMissing,
  async fn() {
    const { spans, server, url } = collector();
    const flags = ["--model=tests/golden/models/gpt2", "--device=cpu", "--threads=1", "--log=off"];
    await using served = await startServer(flags, {
      OTEL_DENO: "true",
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    });
    const [trace, caller] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
    const response = await fetch(`${served.url}/v1/rewards`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "traceparent": `00-${trace}-${caller}-01`,
        "x-request-id": "r1",
      },
      body: JSON.stringify({
        items: [{ prompt: "The film", completions: [" was good", " fell"] }],
      }),
    });
    const { usage } = await response.json();
    const failing = "00f067aa0ba902b7";
    const tooLong = await fetch(`${served.url}/v1/rewards`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "traceparent": `00-${trace}-${failing}-01`,
      },
      body: JSON.stringify({ items: [{ prompt: "a", completions: [" long".repeat(2_000)] }] }),
    });
    assert.equal(tooLong.status, 422);
    await tooLong.body?.cancel();
    served.program.kill("SIGTERM");
    assert.equal(await served.program.ended(), 0);
    await server.shutdown();

    const ours = spans.filter(({ traceId }) => traceId === trace);
    const root = ours.find(({ parentSpanId }) => parentSpanId === caller);
    assert.ok(root, `no span under the caller's among ${spans.map(({ name }) => name)}`);
    assert.equal(root.name, "POST /v1/rewards");
    const said = attributesOf(root);
    assert.deepEqual(
      ["http.route", "abacus.request_id", "abacus.model"].map((key) => said[key]),
      ["/v1/rewards", "r1", "gpt2"],
    );
    assert.deepEqual([said["abacus.items"], said["abacus.tokens"]].map(Number), [2, usage.tokens]);

    const stages = ours.filter(({ parentSpanId }) => parentSpanId === root.spanId);
    const names = ["read", "tokenize", "queue", "inference", "credit", "write"];
    assert.deepEqual(stages.map(({ name }) => name).toSorted(), names.toSorted());
    // Times are rounded to milliseconds where the spans are made.
    const slackNs = 5_000_000n;
    for (const { startTimeUnixNano: start, endTimeUnixNano: end, ...stage } of stages) {
      assert.ok(BigInt(start) <= BigInt(end), stage.name);
      assert.ok(BigInt(start) >= BigInt(root.startTimeUnixNano) - slackNs, stage.name);
      assert.ok(BigInt(end) <= BigInt(root.endTimeUnixNano) + slackNs, stage.name);
      assert.equal(Number(attributesOf(stage as Sent)["abacus.items"]), 2);
    }

    const failed = ours.find(({ parentSpanId }) => parentSpanId === failing);
    assert.ok(failed);
    assert.equal(attributesOf(failed)["error.type"], "too_long");
    const came = ours.filter(({ parentSpanId }) => parentSpanId === failed.spanId);
    assert.deepEqual(came.map(({ name }) => name).toSorted(), ["read", "tokenize"]);
    const last = came.find(({ name }) => name === "tokenize")!;
    assert.deepEqual(
      [last.status?.code, last.status?.message, attributesOf(last)["error.type"]],
      [2, "too_long", "too_long"],
    );
    assert.ok(!came.some(({ name, status }) => name === "read" && status?.code === 2));
  },
});
