/**
 * Curves: which metrics are drawn, and in which order. Important ones are visible, all others are in a
 * section that unfolds.
 *
 * @module
 */

import { html } from "hono/html";
import type { EvaluationLine, EvaluationName } from "../run/evaluation_metrics.ts";
import { type MetricName, metricNames, type MetricsLine } from "../run/metrics.ts";
import { type Curve, drawCurve, smoothingOf } from "./curve.ts";
import { counted } from "./figures.ts";

/** The metrics that show best whether a run goes well. */
export const chosen: readonly Curve[] = [
  { title: "Score", metric: "score_mean", spread: "score_std" },
  { title: "KL from the reference", metric: "kl" },
  { title: "Entropy", metric: "entropy" },
  { title: "Policy loss", metric: "policy_loss" },
  { title: "Value loss", metric: "value_loss" },
  { title: "Explained variance", metric: "explained_variance" },
  { title: "Clip fraction", metric: "clip_fraction" },
  { title: "Length", metric: "length_mean", spread: "length_std" },
  { title: "Ended by themselves", metric: "ended_share" },
  { title: "Speed", metric: "tokens_per_second" },
];

/** The curves of evaluations. */
export const evaluationCurves: readonly Curve<EvaluationName>[] = [
  { title: "Score", metric: "eval_score_mean", spread: "eval_score_std" },
  { title: "Greedy score", metric: "eval_greedy_score_mean", spread: "eval_greedy_score_std" },
  { title: "KL from the reference", metric: "eval_kl" },
  { title: "Length", metric: "eval_length_mean" },
  { title: "Greedy length", metric: "eval_greedy_length_mean" },
  { title: "Ended by themselves", metric: "eval_ended_share" },
  { title: "Greedy, ended by themselves", metric: "eval_greedy_ended_share" },
];

/** All other metrics, titled by their names. */
export function otherCurves(): readonly Curve[] {
  const shown = new Set(chosen.flatMap(({ metric, spread }) => [metric, spread]));
  return metricNames.filter((name) => !shown.has(name)).map((metric) => ({
    title: titleOf(metric),
    metric,
  }));
}

/** All curves as small multiples. */
export function drawCurves(lines: readonly MetricsLine[]) {
  if (lines.length === 0) return html`<p class="none">No step is finished yet.</p>`;
  const others = otherCurves();
  const window = smoothingOf(lines.length);
  return html`
    <div class="curves">${chosen.map((curve) => drawCurve(lines, curve))}</div>
    ${window === 1 ? undefined : smoothingNote(window)}
    <details>
      <summary>${others.length} more curves</summary>
      <div class="curves">${others.map((curve) => drawCurve(lines, curve))}</div>
    </details>
  `;
}

/** The curves of evaluations, at least one of which there must be. */
export function drawEvaluations(lines: readonly EvaluationLine[]) {
  const prompts = counted(lines.at(-1)!.eval_prompts, "prompt");
  return html`
    <p class="hint">On ${prompts} that were not trained on. Step 0 is before training.</p>
    <div class="curves">${evaluationCurves.map((curve) => drawCurve(lines, curve))}</div>
  `;
}

function smoothingNote(window: number) {
  return html`<p class="hint">Thin lines are steps, bold ones a mean over ${window} of them.</p>`;
}

function titleOf(name: MetricName): string {
  const words = name.replaceAll("_", " ").replace(/\bkl\b/g, "KL").replace(/\bstd\b/g, "deviation");
  return words[0]!.toUpperCase() + words.slice(1);
}
