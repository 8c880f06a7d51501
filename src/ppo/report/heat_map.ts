/**
 * Heat map of a completion: each token on a background that says its reward, orange where it costs
 * and blue where it earns, with the number in the token's title. Drawn as the page at `/` does it.
 *
 * @module
 */

import { type Scale, scaleOf, strengthOf, valueAt } from "../../page/scale.js";
import { stretchesOf } from "../../page/whitespace.js";
import type { SampleLine } from "../run/run_files.ts";
import { signed } from "./figures.ts";
import { type Markup, markup } from "./markup.ts";

/** One scale for everything on show, so that colours can be compared; the page's default kind. */
export function heatScale(samples: readonly SampleLine[]): Scale {
  return scaleOf(samples.map(({ rewards }) => rewards.filter(Number.isFinite)), "root");
}

/** The tokens of a completion in reading order. A token without a number has no colour. */
export function drawHeatMap({ tokens, rewards, kl }: SampleLine, scale: Scale): Markup {
  const boxes = tokens.map((text, i) => {
    const [reward, nats] = [rewards[i] ?? NaN, kl[i] ?? NaN];
    const side = reward < 0 ? "cost" : "earn";
    const strength = Number.isFinite(reward) ? strengthOf(reward, scale) : 0;
    const title = `reward ${signed(reward)}, KL ${signed(nats)}`;
    const style = `--strength: ${strength.toFixed(3)}`;
    const pieces = piecesOf(text, i === tokens.length - 1);
    return markup`<span class="token ${side}" style="${style}" title="${title}">${pieces}</span>`;
  });
  return markup`<p class="heat" dir="auto">${boxes}</p>`;
}

/** Where the legend has numbers, as strengths with the sign of the colour. */
const marks = [-1, -0.5, 0, 0.5, 1];

/** What the colours mean, in numbers. */
export function drawLegend(scale: Scale): Markup {
  const values = marks.map((mark) => signed(Math.sign(mark) * valueAt(Math.abs(mark), scale)));
  const spoken = `Reward of a token: from ${values[0]} (orange) over 0 to ${values[4]} (blue)`;
  return markup`
    <div class="legend" role="img" aria-label="${spoken}">
      <span class="ramp"></span>
      <span class="ticks">${values.map((value) => markup`<span>${value}</span>`)}</span>
    </div>
  `;
}

/** A glyph for what leaves no mark is painted by the sheet, so that copying copies the text. */
function piecesOf(text: string, last: boolean): Markup[] {
  if (text === "") return [markup`<span class="glyph" data-glyph="\u2205"></span>`];
  return stretchesOf(text, { last }).map(({ text, glyph }) =>
    glyph === undefined
      ? markup`${text}`
      : markup`<span class="glyph" data-glyph="${glyph}">${text}</span>`
  );
}
