import assert from "node:assert/strict";
import type { BatcherStats } from "../../src/batch/batcher.ts";
import { Metrics } from "../../src/http/metrics.ts";
import type { RequestRecord, ScoredRecord } from "../../src/http/request_record.ts";
import { samplesOf } from "./samples.ts";

const scored: ScoredRecord = {
  completions: 3,
  tokens: 30,
  computedTokens: 20,
  queueMs: 2,
  inferenceMs: 40,
  truncated: 1,
  fallbacks: 2,
  responseMasses: [0.03, 0.7],
};
const answered: RequestRecord = {
  time: new Date(0),
  requestId: "r1",
  method: "POST",
  path: "/v1/rewards",
  route: "/v1/rewards",
  status: 200,
  seconds: 0.05,
  scored,
};

Deno.test("an answered reward request is counted once, with all its numbers", async () => {
  const metrics = new Metrics();
  metrics.record(answered);
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('requests_total{route="/v1/rewards",status="200",kind="ok"}'), 1);
  const counters = [
    "tokens_total",
    "computed_tokens_total",
    "completions_total",
    "truncated_completions_total",
    "credit_fallbacks_total",
  ];
  assert.deepEqual(counters.map((name) => samples.get(name)), [30, 20, 3, 1, 2]);
  assert.equal(samples.get('request_seconds_sum{route="/v1/rewards"}'), 0.05);
  assert.equal(samples.get("queue_seconds_sum"), 0.002);
  assert.equal(samples.get("inference_seconds_sum"), 0.04);
  assert.equal(samples.get("request_completions_sum"), 3);
  assert.equal(samples.get("response_mass_count"), 2);
  assert.equal(samples.get('response_mass_bucket{le="0.05"}'), 1);
});

Deno.test("a failed request is counted under its kind and leaves the other numbers alone", async () => {
  const metrics = new Metrics();
  metrics.record({ ...answered, status: 422, kind: "too_long", scored: undefined });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('requests_total{route="/v1/rewards",status="422",kind="too_long"}'), 1);
  assert.equal(samples.get("completions_total"), 0);
});

Deno.test("the queue is read when the metrics are, and is empty before there is one", async () => {
  const metrics = new Metrics();
  const queue: { stats?: BatcherStats } = {};
  metrics.watchQueue(() => queue.stats);
  assert.equal((await samplesOf(metrics)).get("queue_depth"), 0);
  queue.stats = { waiting: 4, waitingTokens: 50, admitted: 9, running: 1, lastBatch: undefined };
  const samples = await samplesOf(metrics);
  const names = ["queue_depth", "queue_tokens", "admitted_completions", "running_batches"];
  assert.deepEqual(names.map((name) => samples.get(name)), [4, 50, 9, 1]);
});

Deno.test("batches are counted by their size and by the tokens that were computed", async () => {
  const metrics = new Metrics();
  metrics.recordBatch({ sequences: 5, tokens: 900, computedTokens: 300, inferenceMs: 1 });
  metrics.recordBatch({ sequences: 1, tokens: 10, computedTokens: 10, inferenceMs: 1 });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get("batch_completions_count"), 2);
  assert.equal(samples.get("batch_completions_sum"), 6);
  assert.equal(samples.get('batch_completions_bucket{le="1"}'), 1);
  assert.equal(samples.get("batch_tokens_sum"), 310);
});

Deno.test("two apps count apart, and every metric is explained", async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.record(answered);
  assert.equal((await samplesOf(other)).get("completions_total"), 0);
  const text = await one.text();
  const types = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
  const helps = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name);
  assert.deepEqual(types, helps);
  assert.ok(types.every((name) => name?.startsWith("abacus_")));
});

Deno.test("the process's memory is among the metrics", async () => {
  const rss = (await samplesOf(new Metrics())).get("resident_memory_bytes") ?? 0;
  assert.ok(rss > 1e6, String(rss));
});
