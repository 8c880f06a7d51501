import assert from "node:assert/strict";
import { AnswerCache } from "../../src/batch/answer_cache.ts";
import { KeyRing } from "../../src/http/keys.ts";
import { Metrics } from "../../src/http/metrics.ts";
import { fakeApp, goodRequest } from "./fake_app.ts";

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const { panels }: { readonly panels: readonly Panel[] } = JSON.parse(
  await Deno.readTextFile(new URL("../../docs/grafana-dashboard.json", import.meta.url)),
);

/** The metrics that an expression names, as `# TYPE` names them. */
function namedIn(expression: string): string[] {
  return [...expression.matchAll(/abacus_\w+/g)].map(([name]) => name.replace(/_bucket$/, ""));
}

const shown = new Set(
  panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => namedIn(expr))),
);

/** The metrics of a server that was asked once, each with its labels. */
async function served(): Promise<Map<string, Set<string>>> {
  const metrics = new Metrics();
  metrics.watchAnswers(() => new AnswerCache(1_000).stats);
  const batch = { sequences: 2, tokens: 9, computedTokens: 9, inferenceMs: 1 };
  metrics.recordBatch("fake-reward", batch);
  metrics.recordDeath("fake-reward", "SIGKILL");
  metrics.recordFault("fake-reward", "died");
  const { app, rewards } = fakeApp({ metrics, keys: new KeyRing([{ name: "a", key: "k" }]) });
  await rewards(goodRequest, { headers: { Authorization: "Bearer k" } });
  const text = await (await app.request("/metrics")).text();
  const names = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name!);
  return new Map(names.map((name) => {
    const labels = [...text.matchAll(new RegExp(`^${name}(?:_bucket)?\\{(.*)\\}`, "gm"))]
      .flatMap(([, pairs]) => [...pairs!.matchAll(/(\w+)="/g)].map(([, label]) => label!));
    return [name, new Set(labels)];
  }));
}

Deno.test("every metric of the dashboard is one of the server, with the labels that it is summed by", async () => {
  const metrics = await served();
  assert.deepEqual([...shown].filter((name) => !metrics.has(name)), []);
  for (const { title, targets } of panels) {
    for (const { expr } of targets) {
      const by = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(", ") ?? [];
      const labels = namedIn(expr).flatMap((name) => [...metrics.get(name)!]);
      for (const label of by) assert.ok(labels.includes(label), `${title}: ${label} in ${expr}`);
    }
  }
});

Deno.test("the metrics that tell how a server does are on the dashboard", () => {
  const important = [
    ...["ready", "requests_total", "request_seconds", "stage_seconds", "queue_depth"],
    ...["queue_oldest_seconds", "tokens_total", "computed_tokens_total", "reused_tokens_total"],
    ...[
      "batch_tokens",
      "cache_hits_total",
      "key_requests_total",
      "resident_memory_bytes",
      "model_info",
    ],
    ...["engine_replicas", "engine_deaths_total", "batch_faults_total"],
  ];
  assert.deepEqual(important.filter((name) => !shown.has(`abacus_${name}`)), []);
});
