import assert from "node:assert/strict";
import type { BatcherStats } from "../../src/batch/batcher.ts";
import { Metrics } from "../../src/http/metrics.ts";
import type { RequestRecord, ScoredRecord } from "../../src/http/request_record.ts";
import { samplesOf } from "./samples.ts";

const scored: ScoredRecord = {
  model: "m",
  completions: 3,
  tokens: 30,
  computedTokens: 20,
  stages: { read: 0.5, tokenize: 1, queue: 2, inference: 40, credit: 0.25, write: 3 },
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
  assert.deepEqual(counters.map((name) => samples.get(`${name}{model="m"}`)), [30, 20, 3, 1, 2]);
  assert.equal(samples.get('request_seconds_sum{route="/v1/rewards"}'), 0.05);
  const stageMs = { read: 0.5, tokenize: 1, queue: 2, inference: 40, credit: 0.25, write: 3 };
  for (const [stage, ms] of Object.entries(stageMs)) {
    const sum = samples.get(`stage_seconds_sum{model="m",stage="${stage}"}`) ?? 0;
    assert.ok(Math.abs(sum - ms / 1000) < 1e-12, stage);
  }
  assert.equal(samples.get('request_completions_sum{model="m"}'), 3);
  assert.equal(samples.get('response_mass_count{model="m"}'), 2);
  assert.equal(samples.get('response_mass_bucket{le="0.05",model="m"}'), 1);
});

Deno.test("tokens that nothing was computed for are counted by where their answer came from", async () => {
  const metrics = new Metrics();
  metrics.record(answered);
  metrics.record({ ...answered, scored: { ...scored, reusedTokens: { inFlight: 4, kept: 5 } } });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('reused_tokens_total{model="m",source="in_flight"}'), 4);
  assert.equal(samples.get('reused_tokens_total{model="m",source="cache"}'), 5);
});

Deno.test("a cache of answers is read when the metrics are", async () => {
  const metrics = new Metrics();
  const models = [{ model: "m", hits: 3, misses: 4 }];
  metrics.watchAnswers(() => ({ bytes: 900, answers: 2, evictions: 1, models }));
  const samples = await samplesOf(metrics);
  const names = [
    ...['hits_total{model="m"}', 'misses_total{model="m"}', "evictions_total", "answers", "bytes"],
  ];
  assert.deepEqual(names.map((name) => samples.get(`cache_${name}`)), [3, 4, 1, 2, 900]);
});

Deno.test("a failed request is counted under its kind and leaves the other numbers alone", async () => {
  const metrics = new Metrics();
  metrics.record({ ...answered, status: 422, kind: "too_long", scored: undefined });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('requests_total{route="/v1/rewards",status="422",kind="too_long"}'), 1);
  assert.equal(samples.get('completions_total{model="m"}'), undefined);
});

Deno.test("queues are read when the metrics are, one per model", async () => {
  const metrics = new Metrics();
  const queues: { model: string; stats: BatcherStats }[] = [];
  metrics.watchQueues(() => queues);
  assert.equal((await samplesOf(metrics)).get('queue_depth{model="m"}'), undefined);
  const stats = {
    waiting: 4,
    waitingTokens: 50,
    oldestMs: 1_500,
    admitted: 9,
    running: 1,
    lastBatch: undefined,
  };
  queues.push({ model: "m", stats }, { model: "other", stats: { ...stats, waiting: 5 } });
  const samples = await samplesOf(metrics);
  const names = [
    ...["queue_depth", "queue_tokens", "queue_oldest_seconds", "admitted_completions"],
    "running_batches",
  ];
  assert.deepEqual(names.map((name) => samples.get(`${name}{model="m"}`)), [4, 50, 1.5, 9, 1]);
  assert.equal(samples.get('queue_depth{model="other"}'), 5);
});

Deno.test("batches are counted by their size and by the tokens that were computed", async () => {
  const metrics = new Metrics();
  metrics.recordBatch("m", { sequences: 5, tokens: 900, computedTokens: 300, inferenceMs: 1 });
  metrics.recordBatch("m", { sequences: 1, tokens: 10, computedTokens: 10, inferenceMs: 1 });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('batch_completions_count{model="m"}'), 2);
  assert.equal(samples.get('batch_completions_sum{model="m"}'), 6);
  assert.equal(samples.get('batch_completions_bucket{le="1",model="m"}'), 1);
  assert.equal(samples.get('batch_tokens_sum{model="m"}'), 310);
});

Deno.test("deaths of engines and failed runs are counted by what they were", async () => {
  const metrics = new Metrics();
  metrics.recordDeath("m", "SIGKILL");
  metrics.recordDeath("m", "SIGKILL");
  metrics.recordDeath("m", "start");
  metrics.recordFault("m", "blamed");
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('engine_deaths_total{model="m",reason="SIGKILL"}'), 2);
  assert.equal(samples.get('engine_deaths_total{model="m",reason="start"}'), 1);
  assert.equal(samples.get('batch_faults_total{model="m",kind="blamed"}'), 1);
});

Deno.test("replicas are counted by their state when the metrics are read", async () => {
  const metrics = new Metrics();
  const states = ["ready", "ready"];
  metrics.watchReplicas(() => [{ model: "m", states }]);
  const counts = async () => {
    const samples = await samplesOf(metrics);
    return ["ready", "recovering", "failed"].map((state) =>
      samples.get(`engine_replicas{model="m",state="${state}"}`)
    );
  };
  assert.deepEqual(await counts(), [2, 0, 0]);
  states[1] = "recovering";
  assert.deepEqual(await counts(), [1, 1, 0]);
});

Deno.test("two apps count apart, and every metric is explained", async () => {
  const [one, other] = [new Metrics(), new Metrics()];
  one.record(answered);
  assert.equal((await samplesOf(other)).get('completions_total{model="m"}'), undefined);
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

Deno.test("requests and tokens are counted by the key that was shown, failures too", async () => {
  const metrics = new Metrics();
  metrics.record(answered);
  metrics.record({ ...answered, keyName: "trainer" });
  metrics.record({ ...answered, keyName: "trainer", status: 422, scored: undefined });
  const samples = await samplesOf(metrics);
  const keys = [...samples].filter(([name]) => name.startsWith("key_"));
  assert.deepEqual(keys, [
    ['key_requests_total{key="trainer",status="200"}', 1],
    ['key_requests_total{key="trainer",status="422"}', 1],
    ['key_tokens_total{key="trainer"}', 30],
  ]);
});

Deno.test("the server says what it is, where its models run and whether it is ready", async () => {
  const metrics = new Metrics();
  let ready = false;
  const models = [{ model: "m", device: "cpu", dtype: "float32" }];
  metrics.watchServer(() => ({ version: "1.2.3", ready, models: ready ? models : [] }));
  assert.equal((await samplesOf(metrics)).get("ready"), 0);
  ready = true;
  const samples = await samplesOf(metrics);
  assert.equal(samples.get("ready"), 1);
  assert.equal(samples.get('model_info{model="m",device="cpu",dtype="float32"}'), 1);
  assert.equal(samples.get(`build_info{version="1.2.3",deno="${Deno.version.deno}"}`), 1);
});

Deno.test("the memory of each replica's process is the last that it told of", async () => {
  const metrics = new Metrics();
  metrics.recordEngineMemory({ model: "m", replica: 1, bytes: 900 });
  metrics.recordEngineMemory({ model: "m", replica: 1, bytes: 800 });
  const samples = await samplesOf(metrics);
  assert.equal(samples.get('engine_resident_memory_bytes{model="m",replica="1"}'), 800);
});
