/**
 * Tables: the settings of a run, and the glossary of its metrics with their last values. What they
 * say is the table of metrics and run.json; nothing is explained here a second time.
 *
 * @module
 */

import {
  glossary,
  type Metric,
  type MetricName,
  metricNames,
  type MetricsLine,
} from "../run/metrics.ts";
import type { RunRecord } from "../run/run_files.ts";
import { compact } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";

/** Seed, models, settings and versions, in the order of run.json. */
export function drawSettings({ settings, seed, models, versions }: RunRecord): Markup {
  return markup`
    <div class="settings">
      ${group("Models", models)}
      ${group("Settings", { seed, ...settings })}
      ${group("Versions", versions)}
    </div>
  `;
}

/** Every metric with its meaning, its unit and where it comes from. */
export function drawGlossary(last: MetricsLine | undefined): Markup {
  return markup`
    <table class="glossary">
      <thead>
        <tr>
          <th scope="col">metric</th>
          <th scope="col">meaning</th>
          <th scope="col">unit</th>
          <th scope="col">last step</th>
        </tr>
      </thead>
      <tbody>${metricNames.map((name) => entry(name, last))}</tbody>
    </table>
  `;
}

/** One row; a reader who wonders about a curve finds here what it is and where it stands. */
function entry(name: MetricName, last: MetricsLine | undefined): Markup {
  const metric: Metric = glossary[name];
  const { meaning, source, unit } = metric;
  return markup`
    <tr>
      <th scope="row"><code>${name}</code> ${directionOf(metric)}</th>
      <td>${meaning} ${source === undefined ? undefined : markup`<cite>${source}</cite>`}</td>
      <td>${unit}</td>
      <td class="number">${compact(last?.[name] ?? NaN)}</td>
    </tr>
  `;
}

/** A table of names and values; nothing where there are none. */
function group(title: string, entries: Readonly<Record<string, unknown>>): Markup | undefined {
  const rows = Object.entries(entries);
  if (rows.length === 0) return undefined;
  return markup`
    <table>
      <caption>${title}</caption>
      <tbody>${
    rows.map(([name, value]) =>
      markup`<tr><th scope="row">${name}</th><td>${valueText(value)}</td></tr>`
    )
  }</tbody>
    </table>
  `;
}

/** Text as it is, anything else as in the file. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** Which way is better, for metrics of which that can be said. */
function directionOf({ better }: Metric): Markup | undefined {
  if (better === undefined) return undefined;
  const sign = better === "up" ? "\u2191" : "\u2193";
  return markup`<span title="better ${better === "up" ? "higher" : "lower"}">${sign}</span>`;
}
