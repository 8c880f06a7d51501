/**
 * Figures: drawings for the write-up as standalone SVG files, made by Observable Plot in linkedom's document.
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A point of a line, with an optional spread. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** Half the height of the band around it. */
  readonly spread?: number;
}

/** A named line. */
export interface Line {
  readonly name: string;
  /** The same in all figures for the same method. */
  readonly colour: string;
  readonly points: readonly Point[];
}

/** A named value with its interval. */
export interface Bar {
  readonly name: string;
  readonly colour: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Labels of the axes. */
export interface Axes {
  readonly x: string;
  readonly y: string;
}

/** The colour of each method, from a palette for colour-blind readers. */
export const colours: Readonly<Record<string, string>> = {
  abc: "#0072b2",
  abcd: "#56b4e9",
  red: "#d55e00",
  gradient: "#cc79a7",
  uniform: "#009e73",
  permuted: "#e69f00",
  terminal: "#555555",
};

const size = { width: 720, height: 400, marginLeft: 56, marginBottom: 40, marginTop: 28 };
/** Names are to the right of all lines, at the height at which theirs ends. */
const nameMargin = 110;
/** The minimum distance of names, as a share of the height. */
const nameGap = 0.045;

/** Lines on common axes, each with the band of its spread and its name at the end. */
export function drawLines(lines: readonly Line[], axes: Axes): string {
  const points = lines.flatMap(({ name, colour, points }) =>
    points.map(({ x, y, spread = 0 }) => ({
      x,
      name,
      colour,
      y,
      low: y - spread,
      high: y + spread,
    }))
  ).filter(({ y }) => Number.isFinite(y));
  const right = Math.max(...points.map(({ x }) => x));
  const names = spreadApart(
    lines.flatMap(({ name, colour, points }) => {
      const end = points.findLast(({ y }) => Number.isFinite(y));
      return end === undefined ? [] : [{ name, colour, x: right, y: end.y }];
    }),
    rangeOf(points.flatMap(({ low, high }) => [low, high])),
  );
  const each = { x: "x", z: "name" };
  return svgOf({
    ...size,
    marginRight: nameMargin,
    ...labelled(axes),
    marks: [
      ...grid,
      Plot.areaY(points, { ...each, y1: "low", y2: "high", fill: "colour", fillOpacity: 0.12 }),
      Plot.lineY(points, { ...each, y: "y", stroke: "colour", strokeWidth: 1.8 }),
      Plot.text(names, {
        x: "x",
        y: "y",
        text: "name",
        fill: "colour",
        textAnchor: "start",
        dx: 6,
        fontWeight: "bold",
      }),
    ],
  });
}

/** Values side by side, each with its interval; without bars, as the axis need not start at 0. */
export function drawIntervals(bars: readonly Bar[], axes: Axes): string {
  const data = bars.map((bar) => ({ ...bar }));
  return svgOf({
    ...size,
    height: 300,
    marginRight: 20,
    ...labelled(axes),
    x: { label: axes.x, domain: bars.map(({ name }) => name), tickSize: 0 },
    marks: [
      Plot.gridY({ strokeOpacity: 0.15 }),
      Plot.ruleX(data, { x: "name", y1: "low", y2: "high", stroke: "colour", strokeWidth: 2 }),
      Plot.dot(data, { x: "name", y: "value", fill: "colour", r: 4 }),
    ],
  });
}

const grid = [Plot.gridY({ strokeOpacity: 0.15 }), Plot.gridX({ strokeOpacity: 0.08 })];

function labelled({ x, y }: Axes): Plot.PlotOptions {
  return { x: { label: x, tickSize: 0 }, y: { label: y, nice: true, tickSize: 0 } };
}

/** Moves names up until they do not overlap, from the lowest line to the highest. */
export function spreadApart<Name extends { readonly y: number }>(
  names: readonly Name[],
  [low, high]: readonly [number, number],
): Name[] {
  const gap = nameGap * (high - low);
  const placed = names.toSorted((one, other) => one.y - other.y).map((name) => ({ ...name }));
  for (let at = 1; at < placed.length; at++) {
    const least = placed[at - 1]!.y + gap;
    if (placed[at]!.y < least) placed[at] = { ...placed[at]!, y: least };
  }
  return placed;
}

function rangeOf(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** A standalone file needs its namespace, and an opaque background on dark pages. */
function svgOf(options: Plot.PlotOptions): string {
  const { document } = parseHTML("<html><body></body></html>") as unknown as Pick<
    Plot.PlotOptions,
    "document"
  >;
  const svg = Plot.plot({ ...options, document: document!, className: "figure" });
  svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  svg.setAttribute("style", "background: white; color: #222");
  return `${svg.outerHTML}\n`;
}
