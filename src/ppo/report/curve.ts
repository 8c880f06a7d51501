/**
 * One curve of a metric over the steps, drawn by Observable Plot as SVG, with the metric's unit on its axis.
 * Colours are CSS variables, so that one drawing serves the light and the dark theme.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { html, raw } from "hono/html";
import { parseHTML } from "linkedom";
import { evaluationGlossary, type EvaluationName } from "../run/evaluation_metrics.ts";
import { glossary, type Metric, type MetricName } from "../run/metrics.ts";
import { compact, nothing, tick } from "./figures.ts";

/** A metric to draw and, if it has one, the metric of its standard deviation. */
export interface Curve<Name extends CurveName = MetricName> {
  readonly title: string;
  readonly metric: Name;
  /** A standard deviation, drawn as a band around the curve. */
  readonly spread?: Name;
}

/** What there are curves of: metrics of steps, and of evaluations. */
type CurveName = MetricName | EvaluationName;

/** Numbers of one step, among them those of a curve. */
type NumberLine<Name extends CurveName> =
  & { readonly step: number }
  & Readonly<Record<Name, number>>;

const definitions: Readonly<Record<CurveName, Metric>> = { ...glossary, ...evaluationGlossary };

/** One step of a curve. */
interface Point {
  readonly step: number;
  readonly value: number;
  /** 0 if the curve has none. */
  readonly spread: number;
}

/** In pixels at the drawing's natural size. */
const size = {
  width: 360,
  height: 190,
  marginTop: 26,
  marginRight: 14,
  marginBottom: 34,
  marginLeft: 46,
};

/** From this many steps on, a moving average shows the trend. */
const smoothedFrom = 40;

/** Points of a curve that have a tooltip, at most. */
const mostReadouts = 100;

/** A figure with a heading and the curve; a note if no step has a number. */
export function drawCurve<Name extends CurveName>(
  lines: readonly NumberLine<Name>[],
  curve: Curve<Name>,
) {
  const { title, metric } = curve;
  const points = lines.map((line) => pointOf(line, curve));
  const known = points.filter(({ value }) => Number.isFinite(value));
  const [first, last] = [known[0], known.at(-1)];
  const drawn = first === undefined
    ? html`<p class="none">No step has this number.</p>`
    : raw(svgOf(points, known, curve));
  const change = first === undefined || last === undefined
    ? nothing
    : first === last
    ? compact(last.value)
    : `${compact(first.value)} \u2192 ${compact(last.value)}`;
  return html`
    <figure class="curve" title="${definitions[metric].meaning}">
      <figcaption><b>${title}</b> <code>${metric}</code> <span>${change}</span></figcaption>
      ${drawn}
    </figure>
  `;
}

/** The parts of Plot's element that are used; Deno has no DOM types. */
interface Drawing {
  readonly outerHTML: string;
  querySelector(name: string): { remove(): void } | null;
  setAttribute(name: string, value: string): void;
}

/** The document in which Plot creates its elements. */
function newDocument(): Pick<Plot.PlotOptions, "document"> {
  const { document } = parseHTML("<html></html>") as unknown as Required<
    Pick<Plot.PlotOptions, "document">
  >;
  return { document };
}

/** The window of the moving average, in steps; 1 for none. */
export function smoothingOf(steps: number): number {
  return steps < smoothedFrom ? 1 : 2 * Math.round(steps / 40) + 1;
}

/** A value of NaN leaves a gap in the curve; a spread of NaN is drawn as 0. */
function pointOf<Name extends CurveName>(
  line: NumberLine<Name>,
  { metric, spread }: Curve<Name>,
): Point {
  const around = spread === undefined ? 0 : line[spread];
  return { step: line.step, value: line[metric], spread: Number.isFinite(around) ? around : 0 };
}

/** The SVG element as text. `known` are the points that have a number, at least one. */
function svgOf(
  points: readonly Point[],
  known: readonly Point[],
  curve: Curve<CurveName>,
): string {
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
  // The report's style sheet styles all drawings.
  svg.querySelector("style")?.remove();
  svg.setAttribute("role", "img");
  return svg.outerHTML;
}

/** From back to front: grid, zero, band, line, last point, tooltips. */
function marksOf(
  points: readonly Point[],
  known: readonly Point[],
  curve: Curve<CurveName>,
): Plot.Markish[] {
  const { y1, y2 } = rangeOf(known);
  // Of all steps, as one note states the window of all curves (curves.ts).
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

/** Invisible stripes around each point, whose title a browser shows as a tooltip. */
function readouts(
  known: readonly Point[],
  { spread }: Curve<CurveName>,
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

/** The edge of a step's stripe towards its neighbour. */
function middle(neighbour: Point | undefined, { step }: Point): number {
  return neighbour === undefined ? step : (neighbour.step + step) / 2;
}

/** Ticks at whole steps only. */
function stepAxis(points: readonly Point[]): Plot.ScaleOptions {
  const [first, last] = [points[0]!.step, points.at(-1)!.step];
  const axis = { label: "step", tickSize: 0, tickFormat: tick };
  if (first === last) return { ...axis, domain: [first - 1, first + 1], ticks: [first] };
  return { ...axis, domain: [first, last], ticks: Math.min(5, last - first) };
}

/** The unit of the axis, and the meaning of the band. */
function labelOf({ metric, spread }: Curve<CurveName>): string {
  const { unit } = definitions[metric];
  return spread === undefined ? unit : `${unit} \u00b1 std`;
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

/** The range of the axis; a constant needs some room around its line. */
function rangeOf(known: readonly Point[]): Extent {
  const { y1, y2 } = extentOf(known);
  const room = y1 === y2 ? Math.abs(y1) / 10 || 1 : 0;
  return { y1: y1 - room, y2: y2 + room };
}

/** The description of a curve for screen readers. */
function spokenOf(known: readonly Point[], { title, metric }: Curve<CurveName>): string {
  const [first, last] = [known[0]!, known.at(-1)!];
  const { y1: least, y2: most } = extentOf(known.map(({ value }) => ({ value, spread: 0 })));
  return `${title} in ${definitions[metric].unit}: ${
    compact(first.value)
  } at step ${first.step}, ` +
    `${compact(last.value)} at step ${last.step}, between ${compact(least)} and ${compact(most)}`;
}
