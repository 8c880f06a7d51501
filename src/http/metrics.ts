/**
 * Metrics: what Prometheus reads. Requests are recorded once, at the edge, from what they were
 * answered with, and batches from the batcher's own record; nothing behind the edge counts anything.
 * One registry per app.
 *
 * @module
 */

import type { AnswerCacheStats } from "../batch/answer_cache.ts";
import type { BatcherStats } from "../batch/batcher.ts";
import type { BatchRecord } from "../batch/entry.ts";
import { MetricsRegistry, perModel } from "./metrics_registry.ts";
import type { ReachedRecord, RequestRecord, ScoredRecord } from "./request_record.ts";

// deno-fmt-ignore
const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
];

/** How long something took, in the buckets of all times. */
const seconds = { buckets: secondsBuckets };

/** How many of something, in powers of two, as requests and batches have very different sizes. */
const counts = { buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024] };

/** Tokens of a batch. */
const tokens = { buckets: [64, 256, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536] };

/** A part of a whole, finer where little is much. */
const parts = { buckets: [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] };

/** What a server says of itself. */
export interface ServerFacts {
  readonly version: string;
  readonly ready: boolean;
  readonly models: readonly { readonly model: string; device: string; dtype: string }[];
}

/** The metrics of one app. Every name begins with `abacus_`; what belongs to a model has its label. */
export class Metrics {
  readonly #registry = new MetricsRegistry();
  readonly #requests = this.#registry.counter(
    ["requests_total", "Requests that were answered; kind is the error's, or ok"],
    ["route", "status", "kind"],
  );
  readonly #requestSeconds = this.#registry.histogram(
    ["request_seconds", "Time from the first byte of a request to its answer"],
    { ...seconds, labels: ["route"] },
  );
  readonly #tokens = this.#registry.counter([
    "tokens_total",
    "Tokens of all sequences that were scored",
  ]);
  readonly #computedTokens = this.#registry.counter([
    "computed_tokens_total",
    "Tokens that went through the model; fewer than scored where prefixes were shared",
  ]);
  readonly #reusedTokens = this.#registry.counter(
    [
      "reused_tokens_total",
      "Tokens of scored sequences that nothing was computed for: the same was in flight, or in the cache",
    ],
    ["model", "source"],
  );
  readonly #completions = this.#registry.counter([
    "completions_total",
    "Completions that were scored",
  ]);
  readonly #truncated = this.#registry.counter([
    "truncated_completions_total",
    "Completions that lost tokens to fit the model's context",
  ]);
  readonly #fallbacks = this.#registry.counter([
    "credit_fallbacks_total",
    "Completions whose credit method could not be applied and another took its place",
  ]);
  // Of a mixture or of several batches the stages may overlap, so that their sum is no request's time.
  readonly #stageSeconds = this.#registry.histogram(
    [
      "stage_seconds",
      "Time of a request's stages: read, tokenize, queue, inference, credit and write",
    ],
    { ...seconds, labels: ["model", "stage"] },
  );
  // As many series as the operator's file has names, never as callers have ideas: a wrong key has no name.
  readonly #keyRequests = this.#registry.counter(
    ["key_requests_total", "Requests that showed a key, by its name"],
    ["key", "status"],
  );
  readonly #keyTokens = this.#registry.counter(
    ["key_tokens_total", "Tokens that were scored for a key, by its name"],
    ["key"],
  );
  readonly #requestCompletions = this.#registry.histogram(
    ["request_completions", "Completions of one request"],
    counts,
  );
  readonly #responseMass = this.#registry.histogram(
    ["response_mass", "Part of the attention that fell on a completion before renormalising"],
    parts,
  );
  readonly #batchCompletions = this.#registry.histogram(
    ["batch_completions", "Completions of one batch"],
    counts,
  );
  readonly #batchTokens = this.#registry.histogram(
    ["batch_tokens", "Tokens of one batch that went through the model"],
    tokens,
  );

  readonly #deaths = this.#registry.counter(
    [
      "engine_deaths_total",
      "Ends of what computes, by signal or exit code, and starts that failed",
    ],
    [...perModel, "reason"],
  );
  readonly #engineBytes = this.#registry.gauge(
    ["engine_resident_memory_bytes", "Memory of a replica that runs in a process of its own"],
    { labels: [...perModel, "replica"] },
  );
  readonly #faults = this.#registry.counter(
    [
      "batch_faults_total",
      "Runs of batches that failed; blamed counts numbers that are not finite",
    ],
    [...perModel, "kind"],
  );

  constructor() {
    this.#registry.gauge(["resident_memory_bytes", "Memory of the process that is in use"], {
      labels: [],
      collect: (gauge) => gauge.set(Deno.memoryUsage().rss),
    });
  }

  /** Shows the queues. @param read asked whenever the metrics are read */
  watchQueues(
    read: () => Iterable<{ readonly model: string; readonly stats: BatcherStats }>,
  ): void {
    const watch = (names: [string, string], value: (stats: BatcherStats) => number) =>
      this.#registry.gauge(names, {
        collect(gauge) {
          for (const { model, stats } of read()) gauge.set({ model }, value(stats));
        },
      });
    watch(["queue_depth", "Completions that wait for the engine"], ({ waiting }) => waiting);
    watch(
      ["queue_tokens", "Tokens that wait for the engine"],
      ({ waitingTokens }) => waitingTokens,
    );
    watch(
      ["admitted_completions", "Completions that are tokenised, wait or run"],
      ({ admitted }) => admitted,
    );
    watch(
      ["queue_oldest_seconds", "Time that the oldest completion has waited for the engine"],
      ({ oldestMs }) => oldestMs / 1_000,
    );
    watch(["running_batches", "Batches that the engine holds"], ({ running }) => running);
  }

  /** Shows a cache of answers. @param read asked whenever the metrics are read */
  watchAnswers(read: () => AnswerCacheStats): void {
    const perModel = (names: [string, string], of: "hits" | "misses") =>
      this.#registry.total(names, {
        collect(add) {
          for (const { model, ...counts } of read().models) add(counts[of], { model });
        },
      });
    const watch = (names: [string, string], value: (stats: AnswerCacheStats) => number) =>
      this.#registry.gauge(names, { labels: [], collect: (gauge) => gauge.set(value(read())) });
    perModel(["cache_hits_total", "Answers that were found in the cache"], "hits");
    perModel(["cache_misses_total", "Answers that were not in the cache"], "misses");
    this.#registry.total(["cache_evictions_total", "Answers that made room for others"], {
      labels: [],
      collect: (add) => add(read().evictions),
    });
    watch(["cache_answers", "Answers in the cache"], ({ answers }) => answers);
    watch(["cache_bytes", "Memory of the answers in the cache"], ({ bytes }) => bytes);
  }

  /** Shows how many replicas are in which state. @param read asked whenever the metrics are read */
  watchReplicas(
    read: () => Iterable<{ readonly model: string; readonly states: readonly string[] }>,
  ): void {
    this.#registry.gauge(["engine_replicas", "Replicas of a model: ready, recovering or failed"], {
      labels: [...perModel, "state"],
      collect(gauge) {
        for (const { model, states } of read()) {
          for (const state of ["ready", "recovering", "failed"]) {
            gauge.set({ model, state }, states.filter((each) => each === state).length);
          }
        }
      },
    });
  }

  /** Shows what the server is. @param read asked whenever the metrics are read */
  watchServer(read: () => ServerFacts): void {
    this.#registry.gauge(["build_info", "The program: always 1"], {
      labels: ["version", "deno"],
      collect: (gauge) => gauge.set({ version: read().version, deno: Deno.version.deno }, 1),
    });
    this.#registry.gauge(
      ["ready", "Whether requests are answered: 1, or 0 as /readyz answers 503"],
      {
        labels: [],
        collect: (gauge) => gauge.set(read().ready ? 1 : 0),
      },
    );
    this.#registry.gauge(["model_info", "Where each model runs: always 1"], {
      labels: ["model", "device", "dtype"],
      collect(gauge) {
        for (const labels of read().models) gauge.set({ ...labels }, 1);
      },
    });
  }

  /** Counts one end of what computes. */
  recordDeath(model: string, reason: string): void {
    this.#deaths.inc({ model, reason });
  }

  /** Notes the memory of a replica's process. */
  recordEngineMemory(
    { model, replica, bytes }: { model: string; replica: number; bytes: number },
  ): void {
    this.#engineBytes.set({ model, replica: String(replica) }, bytes);
  }

  /** Counts one run of a batch that failed. */
  recordFault(model: string, kind: string): void {
    this.#faults.inc({ model, kind });
  }

  /** Counts one batch of a model. */
  recordBatch(model: string, { sequences, computedTokens }: BatchRecord): void {
    this.#batchCompletions.observe({ model }, sequences);
    this.#batchTokens.observe({ model }, computedTokens);
  }

  /** The content type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.text();
  }

  /** Counts one answered request. */
  record(record: RequestRecord): void {
    const { route, status, kind, seconds, keyName: key, scored, reached } = record;
    this.#requests.inc({ route, status: String(status), kind: kind ?? "ok" });
    this.#requestSeconds.observe({ route }, seconds);
    if (key !== undefined) {
      this.#keyRequests.inc({ key, status: String(status) });
      this.#keyTokens.inc({ key }, scored?.tokens ?? 0);
    }
    if (reached !== undefined) this.#recordStages(reached);
    if (scored !== undefined) this.#recordScored(scored);
  }

  /** Observes how long stages took; of a request whose model was never read, under no model's name. */
  #recordStages({ model = "", stages }: ReachedRecord): void {
    for (const [stage, ms] of Object.entries(stages)) {
      this.#stageSeconds.observe({ model, stage }, ms / 1000);
    }
  }

  /** Counts what was scored for a request that went well. */
  #recordScored(scored: ScoredRecord): void {
    const { model } = scored;
    this.#recordStages(scored);
    this.#tokens.inc({ model }, scored.tokens);
    this.#computedTokens.inc({ model }, scored.computedTokens);
    const { inFlight = 0, kept = 0 } = scored.reusedTokens ?? {};
    this.#reusedTokens.inc({ model, source: "in_flight" }, inFlight);
    this.#reusedTokens.inc({ model, source: "cache" }, kept);
    this.#completions.inc({ model }, scored.completions);
    this.#truncated.inc({ model }, scored.truncated);
    this.#fallbacks.inc({ model }, scored.fallbacks);
    this.#requestCompletions.observe({ model }, scored.completions);
    for (const mass of scored.responseMasses) this.#responseMass.observe({ model }, mass);
  }
}
