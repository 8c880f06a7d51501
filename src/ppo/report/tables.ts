/**
 * Tables: the settings of a run from run.json, and the glossary of metrics with their last values.
 *
 * @module
 */

import { html } from "hono/html";
import {
  evaluationGlossary,
  type EvaluationLine,
  evaluationNames,
} from "../run/evaluation_metrics.ts";
import { glossary, type Metric, metricNames, type MetricsLine } from "../run/metrics.ts";
import type { RunRecord } from "../run/run_files.ts";
import { compact } from "./figures.ts";

/** Seed, models, settings and versions, in the order of run.json. */
export function drawSettings({ settings, seed, models, versions }: RunRecord) {
  return html`
    <div class="settings">
      ${group("Models", models)}
      ${group("Settings", { seed, ...settings })}
      ${group("Versions", versions)}
    </div>
  `;
}

/** Every metric with its meaning, its unit and where it comes from; those of evaluations if there are any. */
export function drawGlossary(last: MetricsLine | undefined, evaluation?: EvaluationLine) {
  return html`
    <table class="glossary">
      <thead>
        <tr>
          <th scope="col">metric</th>
          <th scope="col">meaning</th>
          <th scope="col">unit</th>
          <th scope="col">last step</th>
        </tr>
      </thead>
      <tbody>
        ${metricNames.map((name) => entry(name, glossary[name], last?.[name]))}
        ${evaluation === undefined
          ? undefined
          : evaluationNames.map((name) => entry(name, evaluationGlossary[name], evaluation[name]))}
      </tbody>
    </table>
  `;
}

/** The row of one metric. */
function entry(name: string, metric: Metric, last: number | undefined) {
  const { meaning, source, unit } = metric;
  return html`
    <tr>
      <th scope="row"><code>${name}</code> ${directionOf(metric)}</th>
      <td>${meaning} ${source === undefined ? undefined : html`<cite>${source}</cite>`}</td>
      <td>${unit}</td>
      <td class="number">${compact(last ?? NaN)}</td>
    </tr>
  `;
}

/** A table of names and values; undefined if there are none. */
function group(title: string, entries: Readonly<Record<string, unknown>>) {
  const rows = Object.entries(entries);
  if (rows.length === 0) return undefined;
  return html`
    <table>
      <caption>${title}</caption>
      <tbody>${rows.map(([name, value]) =>
        html`
          <tr>
            <th scope="row">${name}</th>
            <td>${valueText(value)}</td>
          </tr>
        `
      )}</tbody>
    </table>
  `;
}

/** Strings as they are, other values as JSON. */
function valueText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value) ?? "";
}

/** An arrow in the direction of an improvement, if the metric has one. */
function directionOf({ better }: Metric) {
  if (better === undefined) return undefined;
  const sign = better === "up" ? "\u2191" : "\u2193";
  return html`<span title="better ${better === "up" ? "higher" : "lower"}">${sign}</span>`;
}
