/**
 * Prometheus' text as a map, for tests.
 *
 * @module
 */

import type { Metrics } from "../../src/http/metrics.ts";

/** Reads metrics: values by name with labels, without the prefix. */
export async function samplesOf(source: Metrics | Response): Promise<Map<string, number>> {
  const text = await source.text();
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => {
    const space = line.lastIndexOf(" ");
    return [line.slice(0, space).replace("abacus_", ""), Number(line.slice(space + 1))];
  }));
}
