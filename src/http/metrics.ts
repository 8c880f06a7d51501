/**
 * Metrics: what Prometheus reads. Requests are recorded once, at the edge, from what they were
 * answered with, and batches from the batcher's own record; nothing behind the edge counts anything.
 * One registry per app.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { BatcherStats } from "../batch/batcher.ts";
import type { BatchRecord } from "../batch/entry.ts";
import type { RequestRecord } from "./request_record.ts";

// deno-fmt-ignore
const secondsBuckets = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120,
];

/** Powers of two, as requests and batches have very different sizes. */
const countBuckets = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** The metrics of one app. Every name begins with `abacus_`, which the helpers at the end add. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #requests = this.#counter(
    ["requests_total", "Requests that were answered; kind is the error's, or ok"],
    ["route", "status", "kind"],
  );
  readonly #requestSeconds = this.#seconds(
    ["request_seconds", "Time from the first byte of a request to its answer"],
    ["route"],
  );
  readonly #tokens = this.#counter(["tokens_total", "Tokens of all sequences that were scored"]);
  readonly #computedTokens = this.#counter([
    "computed_tokens_total",
    "Tokens that went through the model; fewer than scored where prefixes were shared",
  ]);
  readonly #completions = this.#counter(["completions_total", "Completions that were scored"]);
  readonly #truncated = this.#counter([
    "truncated_completions_total",
    "Completions that lost tokens to fit the model's context",
  ]);
  readonly #fallbacks = this.#counter([
    "credit_fallbacks_total",
    "Completions whose credit method could not be applied and another took its place",
  ]);
  readonly #queueSeconds = this.#seconds(["queue_seconds", "Time a request waited for the engine"]);
  readonly #inferenceSeconds = this.#seconds(["inference_seconds", "Time a request computed"]);
  readonly #requestCompletions = this.#histogram(
    ["request_completions", "Completions of one request"],
    countBuckets,
  );
  readonly #responseMass = this.#histogram(
    ["response_mass", "Part of the attention that fell on a completion before renormalising"],
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  );

  readonly #batchCompletions = this.#histogram(
    ["batch_completions", "Completions of one batch"],
    countBuckets,
  );
  readonly #batchTokens = this.#histogram(
    ["batch_tokens", "Tokens of one batch that went through the model"],
    [64, 256, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536],
  );

  constructor() {
    this.#gauge(
      ["resident_memory_bytes", "Memory of the process that is in use"],
      () => Deno.memoryUsage().rss,
    );
  }

  /** Shows the queue. @param stats asked whenever the metrics are read */
  watchQueue(stats: () => BatcherStats | undefined): void {
    this.#gauge(
      ["queue_depth", "Completions that wait for the engine"],
      () => stats()?.waiting ?? 0,
    );
    this.#gauge(
      ["queue_tokens", "Tokens that wait for the engine"],
      () => stats()?.waitingTokens ?? 0,
    );
    this.#gauge(
      ["admitted_completions", "Completions that are tokenised, wait or run"],
      () => stats()?.admitted ?? 0,
    );
    this.#gauge(["running_batches", "Batches that the engine holds"], () => stats()?.running ?? 0);
  }

  /** Counts one batch; this is what a batcher calls as its `onBatch`. */
  recordBatch({ sequences, computedTokens }: BatchRecord): void {
    this.#batchCompletions.observe(sequences);
    this.#batchTokens.observe(computedTokens);
  }

  /** The content type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Counts one answered request. */
  record({ route, status, kind, seconds, scored }: RequestRecord): void {
    this.#requests.inc({ route, status: String(status), kind: kind ?? "ok" });
    this.#requestSeconds.observe({ route }, seconds);
    if (scored === undefined) return;
    this.#tokens.inc(scored.tokens);
    this.#computedTokens.inc(scored.computedTokens);
    this.#completions.inc(scored.completions);
    this.#truncated.inc(scored.truncated);
    this.#fallbacks.inc(scored.fallbacks);
    this.#queueSeconds.observe(scored.queueMs / 1000);
    this.#inferenceSeconds.observe(scored.inferenceMs / 1000);
    this.#requestCompletions.observe(scored.completions);
    for (const mass of scored.responseMasses) this.#responseMass.observe(mass);
  }

  #counter<Label extends string = never>([name, help]: [string, string], labels: Label[] = []) {
    return new Counter({
      name: `abacus_${name}`,
      help,
      labelNames: labels,
      registers: [this.#registry],
    });
  }

  #histogram<Label extends string = never>(
    [name, help]: [string, string],
    buckets: number[],
    labels: Label[] = [],
  ) {
    return new Histogram({
      name: `abacus_${name}`,
      help,
      buckets,
      labelNames: labels,
      registers: [this.#registry],
    });
  }

  #seconds<Label extends string = never>(names: [string, string], labels: Label[] = []) {
    return this.#histogram(names, secondsBuckets, labels);
  }

  #gauge([name, help]: [string, string], read: () => number): void {
    const gauge: Gauge = new Gauge({
      name: `abacus_${name}`,
      help,
      registers: [],
      collect: () => gauge.set(read()),
    });
    this.#registry.registerMetric(gauge);
  }
}
