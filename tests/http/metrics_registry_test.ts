import assert from "node:assert/strict";
import { MetricsRegistry } from "../../src/http/metrics_registry.ts";

Deno.test("every metric has the prefix, and the model's label unless others are given", async () => {
  const registry = new MetricsRegistry();
  registry.counter(["asked_total", "Asked"]).inc({ model: "m" });
  registry.histogram(["spent_seconds", "Spent"], { buckets: [1] }).observe({ model: "m" }, 0.5);
  registry.gauge(["held", "Held"], { labels: [], collect: (gauge) => gauge.set(3) });
  const text = await registry.text();
  assert.match(text, /^abacus_asked_total\{model="m"\} 1$/m);
  assert.match(text, /^abacus_spent_seconds_bucket\{le="1",model="m"\} 1$/m);
  assert.match(text, /^abacus_held 3$/m);
});

Deno.test("what is counted elsewhere is a counter, and is what it was last told to be", async () => {
  const registry = new MetricsRegistry();
  let found = 2;
  registry.total(["found_total", "Found"], { collect: (add) => add(found, { model: "m" }) });
  assert.match(await registry.text(), /^abacus_found_total\{model="m"\} 2$/m);
  found = 5;
  const text = await registry.text();
  assert.match(text, /^# TYPE abacus_found_total counter$/m);
  assert.match(text, /^abacus_found_total\{model="m"\} 5$/m);
});
