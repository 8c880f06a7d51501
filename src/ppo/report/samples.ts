/**
 * Samples: completions of the first and the last step side by side.
 *
 * @module
 */

import { html } from "hono/html";
import type { Scale } from "../../page/scale.js";
import type { SampleLine } from "../run/run_files.ts";
import { compact, counted } from "./figures.ts";
import { drawHeatMap, drawLegend, heatScale } from "./heat_map.ts";

/** A completion before training and one after it; either may be missing. */
export interface Pair {
  readonly before?: SampleLine;
  readonly after?: SampleLine;
}

/** Pairs that the report shows; samples.jsonl has all. */
const mostPairs = 24;

/**
 * Pairs completions of the same prompt, in the order of the first step, then those of prompts that only one
 * of the steps has, in order.
 */
export function pairsOf(samples: readonly SampleLine[]): Pair[] {
  const [first, last] = stepRange(samples);
  if (first === last) return samples.map((before) => ({ before }));
  const after = samples.filter(({ step }) => step === last);
  const pairs: Pair[] = [];
  const alone: SampleLine[] = [];
  for (const before of samples.filter(({ step }) => step === first)) {
    const at = after.findIndex(({ prompt }) => prompt === before.prompt);
    if (at < 0) alone.push(before);
    else pairs.push({ before, after: after.splice(at, 1)[0]! });
  }
  for (let i = 0; i < Math.max(alone.length, after.length); i++) {
    pairs.push({
      ...alone[i] === undefined ? {} : { before: alone[i]! },
      ...after[i] === undefined ? {} : { after: after[i]! },
    });
  }
  return pairs;
}

/** The table of pairs, with the legend of the colours. */
export function drawSamples(samples: readonly SampleLine[]) {
  if (samples.length === 0) return html`<p class="none">The run kept no samples.</p>`;
  const all = pairsOf(samples);
  const pairs = all.slice(0, mostPairs);
  const shown = pairs.flatMap(({ before, after }) => [before, after]).filter((each) =>
    each !== undefined
  );
  const scale = heatScale(shown);
  const [first, last] = stepRange(samples);
  const columns = [`Before: step ${first}`, ...first === last ? [] : [`After: step ${last}`]];
  const more = all.length - pairs.length;
  const rest = counted(more, "more pair");
  return html`
    ${drawLegend(scale)}
    <table class="samples">
      <thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
      ${pairs.map((pair) => drawPair(pair, { scale, columns: columns.length }))}
    </table>
    ${more === 0 ? undefined : html`<p class="hint">${rest} in samples.jsonl.</p>`}
  `;
}

/** The first and the last step that has samples. */
function stepRange(samples: readonly SampleLine[]): readonly [first: number, last: number] {
  let [first, last] = [Infinity, -Infinity];
  for (const { step } of samples) {
    first = Math.min(first, step);
    last = Math.max(last, step);
  }
  return [first, last];
}

/** The layout of a pair. */
interface Layout {
  /** One scale for all pairs. */
  readonly scale: Scale;
  readonly columns: number;
}

/** A shared prompt is above both completions, different ones are above their own. */
function drawPair({ before, after }: Pair, { scale, columns }: Layout) {
  const shared = before !== undefined && (columns === 1 || before.prompt === after?.prompt);
  const heading = (sample: SampleLine) =>
    html`
      <tr>
        <th colspan="${columns}" scope="rowgroup">${drawPrompt(sample)}</th>
      </tr>
    `;
  const cell = (sample: SampleLine | undefined) =>
    html`<td>${
      sample === undefined ? undefined : drawSample(sample, { scale, prompt: !shared })
    }</td>`;
  return html`
    <tbody>
      ${shared ? heading(before) : undefined}
      <tr>${cell(before)}${columns === 2 ? cell(after) : undefined}</tr>
    </tbody>
  `;
}

/** Score, length and how it ended, then the text. */
function drawSample(
  sample: SampleLine,
  { scale, prompt }: { readonly scale: Scale; readonly prompt: boolean },
) {
  const length = counted(sample.tokens.length, "token");
  const end = sample.ended ? "ended by itself" : "cut off at the length limit";
  return html`
    <p class="verdict">
      <span class="step">step ${sample.step}</span>
      <b>${compact(sample.score)}</b> <span>${length}, ${end}</span>
    </p>
    ${prompt ? drawPrompt(sample) : undefined}
    ${drawHeatMap(sample, scale)}
  `;
}

/** The unchanged prompt, including line breaks. */
function drawPrompt({ prompt }: SampleLine) {
  return html`<p class="prompt" dir="auto">${prompt === "" ? "(no prompt)" : prompt}</p>`;
}
