/**
 * The registry of an app's metrics, with the conventions that all of them follow: the prefix `abacus_`, and a
 * label for the model unless others are given.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** The label of what belongs to one model. */
export const perModel: readonly string[] = ["model"];

/** A name without its prefix, and what it tells. */
type Named = readonly [name: string, help: string];

/** Makes metrics, and writes them all. */
export class MetricsRegistry {
  readonly #registry = new Registry();

  /** The content type of {@linkcode text}. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything, in Prometheus' text format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** What is counted here. */
  counter([name, help]: Named, labels = perModel): Counter {
    const registers = [this.#registry];
    return new Counter({ name: `abacus_${name}`, help, labelNames: [...labels], registers });
  }

  /** How much at a time, in buckets. */
  histogram(
    [name, help]: Named,
    { buckets, labels = perModel }: { buckets: number[]; labels?: readonly string[] },
  ): Histogram {
    const registers = [this.#registry];
    return new Histogram({
      name: `abacus_${name}`,
      help,
      buckets,
      labelNames: [...labels],
      registers,
    });
  }

  /** What goes up and down. @param collect sets it whenever the metrics are read */
  gauge(
    [name, help]: Named,
    { labels = perModel, collect = () => {} }: {
      labels?: readonly string[];
      collect?: (gauge: Gauge) => void;
    },
  ): Gauge {
    const gauge: Gauge = new Gauge({
      name: `abacus_${name}`,
      help,
      labelNames: [...labels],
      registers: [],
      collect: () => collect(gauge),
    });
    this.#registry.registerMetric(gauge);
    return gauge;
  }

  /** What is counted elsewhere. @param collect tells the totals so far whenever the metrics are read */
  total(
    [name, help]: Named,
    { labels = perModel, collect }: {
      labels?: readonly string[];
      collect: (add: (value: number, labels?: Record<string, string>) => void) => void;
    },
  ): void {
    const counter: Counter = new Counter({
      name: `abacus_${name}`,
      help,
      labelNames: [...labels],
      registers: [],
      collect() {
        counter.reset();
        collect((value, labels = {}) => counter.inc(labels, value));
      },
    });
    this.#registry.registerMetric(counter);
  }
}
