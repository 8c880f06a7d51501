/**
 * The report of a run as one page: self-contained, without scripts, from the run's files alone.
 *
 * @module
 */

import type { MetricsLine } from "../run/metrics.ts";
import type { RunRecord, SampleLine } from "../run/run_files.ts";
import { drawCurves } from "./curves.ts";
import { drawHeadline } from "./headline.ts";
import { type Markup, markup, trusted } from "./markup.ts";
import { drawSamples } from "./samples.ts";
import { styleSheet } from "./style.ts";
import { drawGlossary, drawSettings } from "./tables.ts";

/** What the files of a run hold. */
export interface RunContents {
  /** run.json. */
  readonly settings: RunRecord;
  /** In the order of steps. */
  readonly metrics: readonly MetricsLine[];
  readonly samples: readonly SampleLine[];
}

/**
 * A whole HTML document. It asks for nothing from any host and its policy lets it do neither that
 * nor run a script; every text of the run is escaped. A run without steps or samples says so.
 */
export function reportPage({ settings, metrics, samples }: RunContents): string {
  const { policy = "a policy", reward } = settings.models;
  const rewarded = reward === undefined ? undefined : markup`rewarded by <b>${reward}</b>,`;
  return markup`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
        <meta name="color-scheme" content="light dark">
        <link rel="icon" href="data:,">
        <title>PPO: ${policy}</title>
        <style>${trusted(styleSheet())}</style>
      </head>
      <body>
        <header>
          <p class="kicker">Abacus \u00b7 PPO run</p>
          <h1>${policy}</h1>
          <p class="hint">${rewarded} seed ${settings.seed}</p>
        </header>
        <main>
          ${drawHeadline(metrics)}
          ${section("Curves", drawCurves(metrics))}
          ${section("Before and after", drawSamples(samples))}
          ${section("Settings", drawSettings(settings))}
          ${section("Glossary", drawGlossary(metrics.at(-1)))}
        </main>
      </body>
    </html>
  `.text;
}

function section(title: string, content: Markup): Markup {
  return markup`<section><h2>${title}</h2>${content}</section>`;
}
