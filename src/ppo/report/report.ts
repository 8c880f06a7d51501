/**
 * The report of a run: one HTML file, self-contained and without scripts, from the files of the run.
 *
 * @module
 */

import { html, raw } from "hono/html";
import type { EvaluationLine } from "../run/evaluation_metrics.ts";
import type { MetricsLine } from "../run/metrics.ts";
import { RunFiles, type RunRecord, type SampleLine } from "../run/run_files.ts";
import { drawCurves, drawEvaluations } from "./curves.ts";
import { drawHeadline } from "./headline.ts";
import { drawSamples } from "./samples.ts";
import { styleSheet } from "./style.ts";
import { drawGlossary, drawSettings } from "./tables.ts";

/** Contents of a run's files. */
export interface RunContents {
  /** run.json. */
  readonly settings: RunRecord;
  /** In the order of steps. */
  readonly metrics: readonly MetricsLine[];
  /** In the order of steps. @default none */
  readonly evaluations?: readonly EvaluationLine[];
  readonly samples: readonly SampleLine[];
}

/**
 * Reads the files of a run and writes report.html, also while the run is going on.
 *
 * @returns the path of the report
 * @throws {AbacusError} `bad_usage` if the directory has no run or its files are damaged
 */
export async function writeReport(directory: string): Promise<string> {
  const files = new RunFiles(directory);
  const [settings, metrics, evaluations, samples, showcase] = await Promise.all([
    files.readRun(),
    files.readMetrics(),
    files.readEvaluations(),
    files.readSamples(),
    files.readShowcase(),
  ]);
  const shown = hasBoth(showcase) ? showcase : samples;
  await files.writeReport(reportHtml({ settings, metrics, evaluations, samples: shown }));
  return files.paths.report;
}

/** Whether there are completions from before and from after training. */
function hasBoth(showcase: readonly SampleLine[]): boolean {
  return new Set(showcase.map(({ step }) => step)).size > 1;
}

/**
 * A whole HTML document. Its Content-Security-Policy allows no scripts and no requests, and every text of
 * the run is escaped. A run without steps or samples says so.
 */
export function reportHtml(
  { settings, metrics, evaluations = [], samples }: RunContents,
): string {
  const { policy = "a policy", reward } = settings.models;
  const rewarded = reward === undefined ? undefined : html`rewarded by <b>${reward}</b>,`;
  const parts = [
    drawHeadline(metrics),
    section("Curves", drawCurves(metrics)),
    evaluations.length === 0 ? undefined : section("Evaluation", drawEvaluations(evaluations)),
    section("Before and after", drawSamples(samples)),
    section("Settings", drawSettings(settings)),
    section("Glossary", drawGlossary(metrics.at(-1), evaluations.at(-1))),
  ];
  const document = html`
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>PPO: ${policy}</title>
        <style>${raw(styleSheet())}</style>
      </head>
      <body>
        <header>
          <p class="kicker">Abacus · PPO run</p>
          <h1>${policy}</h1>
          <p class="hint">${rewarded} seed ${settings.seed}</p>
        </header>
        <main>${parts}</main>
      </body>
    </html>
  `;
  return `<!doctype html>${document}`;
}

function section(title: string, content: unknown) {
  return html`<section><h2>${title}</h2>${content}</section>`;
}
