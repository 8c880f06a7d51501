/**
 * Headline: a run in five numbers.
 *
 * @module
 */

import { html } from "hono/html";
import { glossary, type MetricName, type MetricsLine } from "../run/metrics.ts";
import { compact, counted, duration, signed } from "./figures.ts";

/** One number with its name and a note. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  readonly note: string;
}

/** Score, KL, steps, time and speed. Steps without a number are ignored. */
export function tilesOf(lines: readonly MetricsLine[]): readonly Tile[] {
  const last = lines.at(-1);
  const updates = sum(lines, ({ updates }) => updates);
  const seconds = sum(lines, ({ step_seconds }) => step_seconds);
  // Tokens over seconds of the whole run, not the mean of the steps' speeds.
  const tokens = sum(lines, (line) => line.tokens_per_second * line.step_seconds);
  return [
    scoreTile(lines),
    {
      name: "KL from the reference",
      value: compact(valuesOf(lines, "kl").at(-1)?.value ?? NaN),
      note: `${glossary.kl.unit}; a nat costs ${compact(last?.kl_coefficient ?? NaN)}`,
    },
    {
      name: "Steps",
      value: lines.length.toLocaleString("en-US"),
      note: counted(updates, "optimiser step"),
    },
    {
      name: "Time",
      value: duration(seconds),
      note: `${duration(seconds / lines.length)} a step`,
    },
    {
      name: "Tokens per second",
      value: compact(tokens / seconds),
      note: "sampled, over the time of whole steps",
    },
  ];
}

/** The tiles as a description list. */
export function drawHeadline(lines: readonly MetricsLine[]) {
  return html`<dl class="headline">${tilesOf(lines).map(drawTile)}</dl>`;
}

/** A large value with a small note below it. */
function drawTile({ name, value, note }: Tile) {
  return html`
    <div>
      <dt>${name}</dt>
      <dd class="value">${value}</dd>
      <dd class="hint">${note}</dd>
    </div>
  `;
}

/** The first step samples before any update, so its score is the untrained policy's. */
function scoreTile(lines: readonly MetricsLine[]): Tile {
  const scores = valuesOf(lines, "score_mean");
  const [first, last] = [scores[0], scores.at(-1)];
  if (first === undefined || last === undefined) {
    return { name: "Score", value: compact(NaN), note: "no step has a score" };
  }
  const best = scores.reduce((most, each) => each.value > most.value ? each : most);
  return {
    name: "Score, first step \u2192 last step",
    value: `${compact(first.value)} \u2192 ${compact(last.value)}`,
    note: `${signed(last.value - first.value)}; best ${compact(best.value)} at step ${best.step}`,
  };
}

/** The steps that have this number. */
function valuesOf(lines: readonly MetricsLine[], name: MetricName) {
  return lines.map((line) => ({ step: line.step, value: line[name] }))
    .filter(({ value }) => Number.isFinite(value));
}

/** Over the steps that have the number. */
function sum(lines: readonly MetricsLine[], valueOf: (line: MetricsLine) => number): number {
  return lines.map(valueOf).filter(Number.isFinite).reduce((total, value) => total + value, 0);
}
