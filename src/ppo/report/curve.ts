/**
 * One curve of a metric over the steps, drawn by Observable Plot into SVG, with axes that say the
 * metric's unit. Colours are the page's variables, so that one drawing serves light and dark.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { glossary, type MetricName, type MetricsLine } from "../run/metrics.ts";
import { compact, nothing, tick } from "./figures.ts";
import { type Markup, markup, trusted } from "./markup.ts";

/** What is drawn: a metric and, where it has one, the metric that is its spread. */
export interface Curve {
  readonly title: string;
  readonly metric: MetricName;
  /** A standard deviation, drawn as a band to both sides. */
  readonly spread?: MetricName;
}

/** One step of a curve. */
interface Point {
  readonly step: number;
  readonly value: number;
  /** Zero where the curve has none. */
  readonly spread: number;
}

/** In units of the drawing, which are pixels at its natural size. */
const size = {
  width: 360,
  height: 190,
  marginTop: 26,
  marginRight: 14,
  marginBottom: 34,
  marginLeft: 46,
};

/** Fewer steps are drawn as they are; more get a mean over neighbours, so that a trend shows. */
const smoothedFrom = 40;

/** At most so many places of a curve answer to the pointer. */
const mostReadouts = 100;

/** A figure with its heading and, below it, the curve; a note where no step has a number. */
export function drawCurve(lines: readonly MetricsLine[], curve: Curve): Markup {
  const { title, metric } = curve;
  const points = lines.map((line) => pointOf(line, curve));
  const known = points.filter(({ value }) => Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  const drawn = first === undefined
    ? markup`<p class="none">No step has this number.</p>`
    : trusted(svgOf(points, known, curve));
  const change = first === undefined || last === undefined
    ? nothing
    : first === last
    ? compact(last.value)
    : `${compact(first.value)} \u2192 ${compact(last.value)}`;
  return markup`
    <figure class="curve" title="${glossary[metric].meaning}">
      <figcaption><b>${title}</b> <code>${metric}</code> <span>${change}</span></figcaption>
      ${drawn}
    </figure>
  `;
}

/** What is used of the element that Plot makes; the types of browsers are not at hand here. */
interface Drawing {
  readonly outerHTML: string;
  querySelector(name: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
}

/** The document in which Plot makes its elements. */
function newDocument(): Pick<Plot.PlotOptions, "document"> {
  const { document } = parseHTML("<html></html>") as unknown as Required<
    Pick<Plot.PlotOptions, "document">
  >;
  return { document };
}

/** The steps over which the bold line is a mean; 1 where it is the steps themselves. */
export function smoothingOf(steps: number): number {
  return steps < smoothedFrom ? 1 : 2 * Math.round(steps / 40) + 1;
}

/** NaN stays NaN, which the drawing leaves out; an unknown spread is drawn as none. */
function pointOf(line: MetricsLine, { metric, spread }: Curve): Point {
  const around = spread === undefined ? 0 : line[spread];
  return { step: line.step, value: line[metric], spread: Number.isFinite(around) ? around : 0 };
}

/** The SVG element as text. `known` are the points that have a number, of which there is one. */
function svgOf(points: readonly Point[], known: readonly Point[], curve: Curve): string {
  const { y1, y2 } = rangeOf(known);
  const svg: Drawing = Plot.plot({
    ...size,
    ...newDocument(),
    className: "plot",
    ariaLabel: spokenOf(known, curve),
    x: stepAxis(points),
    y: {
      domain: [y1, y2],
      nice: true,
      ticks: 4,
      tickSize: 0,
      tickFormat: tick,
      label: labelOf(curve),
    },
    marks: marksOf(points, known, curve),
  });
  // The page's own sheet styles all drawings at once.
  svg.querySelector("style")?.remove();
  svg.setAttribute("role", "img");
  return svg.outerHTML;
}

/** From back to front: grid, zero, band, line, last point, readouts. */
function marksOf(points: readonly Point[], known: readonly Point[], curve: Curve): Plot.Markish[] {
  const { y1, y2 } = rangeOf(known);
  // Of all steps, for one note tells the window of all curves (curves.ts).
  const window = smoothingOf(points.length);
  const line = { x: "step", y: "value", stroke: "var(--accent)" };
  const steps = [...points];
  return [
    Plot.gridY({ ticks: 4, strokeOpacity: 0.12 }),
    ...y1 < 0 && y2 > 0 ? [Plot.ruleY([0], { strokeOpacity: 0.45 })] : [],
    ...curve.spread === undefined ? [] : [Plot.areaY(steps, {
      x: "step",
      y1: ({ value, spread }: Point) => value - spread,
      y2: ({ value, spread }: Point) => value + spread,
      fill: "var(--accent)",
      fillOpacity: 0.16,
    })],
    ...window === 1 ? [Plot.lineY(steps, { ...line, strokeWidth: 2 })] : [
      Plot.lineY(steps, { ...line, strokeWidth: 1, strokeOpacity: 0.4 }),
      Plot.lineY([...known], Plot.windowY({ k: window }, { ...line, strokeWidth: 2 })),
    ],
    Plot.dot(known.slice(-1), { x: "step", y: "value", r: 2.5, fill: "var(--accent)" }),
    readouts(known, curve, { y1, y2 }),
  ];
}

/** Invisible stripes, one around each step, whose title a browser shows under the pointer. */
function readouts(
  known: readonly Point[],
  { spread }: Curve,
  range: Extent,
): Plot.Markish {
  const stride = Math.ceil(known.length / mostReadouts);
  const shown = known.filter((_, i) => (known.length - 1 - i) % stride === 0);
  const stripes = shown.map((point, i) => ({
    x1: middle(shown[i - 1], point),
    x2: middle(shown[i + 1], point),
    ...range,
    title: `step ${point.step}: ${compact(point.value)}` +
      (spread === undefined ? "" : ` \u00b1 ${compact(point.spread)}`),
  }));
  const channels = { x1: "x1", x2: "x2", y1: "y1", y2: "y2", title: "title" };
  return Plot.rect(stripes, { ...channels, fill: "currentColor" });
}

/** Where the stripe of a step ends towards its neighbour. */
function middle(neighbour: Point | undefined, { step }: Point): number {
  return neighbour === undefined ? step : (neighbour.step + step) / 2;
}

/** Steps are whole numbers, and so are their ticks. */
function stepAxis(points: readonly Point[]): Plot.ScaleOptions {
  const [first, last] = [points[0]!.step, points.at(-1)!.step];
  const axis = { label: "step", tickSize: 0, tickFormat: tick };
  if (first === last) return { ...axis, domain: [first - 1, first + 1], ticks: [first] };
  return { ...axis, domain: [first, last], ticks: Math.min(5, last - first) };
}

/** The unit of the axis, and what the band is. */
function labelOf({ metric, spread }: Curve): string {
  return spread === undefined ? glossary[metric].unit : `${glossary[metric].unit} \u00b1 std`;
}

/** The lowest and the highest value. */
interface Extent {
  readonly y1: number;
  readonly y2: number;
}

function extentOf(points: readonly Pick<Point, "value" | "spread">[]): Extent {
  let [y1, y2] = [Infinity, -Infinity];
  for (const { value, spread } of points) {
    y1 = Math.min(y1, value - spread);
    y2 = Math.max(y2, value + spread);
  }
  return { y1, y2 };
}

/** The part of the axis that is needed; a constant needs some room to be a line. */
function rangeOf(known: readonly Point[]): Extent {
  const { y1, y2 } = extentOf(known);
  const room = y1 === y2 ? Math.abs(y1) / 10 || 1 : 0;
  return { y1: y1 - room, y2: y2 + room };
}

/** What a reader who hears the page is told of a curve. */
function spokenOf(known: readonly Point[], { title, metric }: Curve): string {
  const [first, last] = [known[0]!, known.at(-1)!];
  const { y1: least, y2: most } = extentOf(known.map(({ value }) => ({ value, spread: 0 })));
  return `${title} in ${glossary[metric].unit}: ${compact(first.value)} at step ${first.step}, ` +
    `${compact(last.value)} at step ${last.step}, between ${compact(least)} and ${compact(most)}`;
}
