/**
 * Draws what `credit.ts` wrote with `--out`: the average precision of each method and unit on planted texts, and
 * how deletion tells methods apart.
 *
 *     deno run --allow-read --allow-write tests/bench/credit/plot.ts FILE.json... OUT.svg
 *
 * @module
 */

import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** A row of the table of planted texts, by its columns. */
type Row = Readonly<Record<string, string | number>>;

const files = Deno.args.slice(0, -1);
const target = Deno.args.at(-1);
if (target === undefined || files.length === 0) {
  throw new TypeError("Cannot draw as FILE.json and OUT.svg must be given");
}
const planted = files.flatMap((file) => JSON.parse(Deno.readTextFileSync(file)).planted as Row[]);
const rows = planted.filter(({ unit }) => unit !== "");
const chance = planted.find(({ unit }) => unit === "")?.["average precision"] ?? 0;

const { document } = parseHTML("<html></html>") as unknown as Required<
  Pick<Plot.PlotOptions, "document">
>;
const drawing = Plot.plot({
  document,
  width: 640,
  height: 260,
  marginLeft: 80,
  style: { background: "white", color: "black" },
  x: { domain: [0, 0.9], label: "average precision of the words that decide" },
  y: { label: null, domain: [...new Set(rows.map(({ method }) => method))] },
  color: { legend: false, domain: ["token", "window:5", "clause", "sentence"], scheme: "Dark2" },
  marks: [
    Plot.gridX(),
    Plot.ruleX([chance], { strokeDasharray: "4 3" }),
    Plot.dot(rows, {
      x: "average precision",
      y: "method",
      stroke: "unit",
      strokeWidth: 2,
      r: 5,
    }),
    Plot.text(["token", "window of 5", "clause", "sentence"], {
      x: (_, i) => 0.12 + 0.17 * i,
      frameAnchor: "top",
      dy: -14,
      text: (name) => `\u25cb ${name}`,
      fill: (_, i) => ["token", "window:5", "clause", "sentence"][i],
    }),
  ],
}) as unknown as { outerHTML: string; setAttribute(name: string, value: string): void };
drawing.setAttribute("xmlns", "http://www.w3.org/2000/svg");
Deno.writeTextFileSync(target, drawing.outerHTML + "\n");
