import assert from "node:assert/strict";
import { drawIntervals, drawLines, spreadApart } from "../../experiment/figures.ts";

const line = (name: string, ys: readonly number[]) => ({
  name,
  colour: "#0072b2",
  points: ys.map((y, x) => ({ x, y, spread: 0.1 })),
});

Deno.test("a drawing stands alone: its namespace, its ground, one line and band and name each", () => {
  const svg = drawLines([line("abc", [0, 1, 2]), line("a < b", [0, 1, 3])], {
    x: "step",
    y: "score",
  });
  assert.match(svg, /^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  assert.match(svg, /background: white/);
  const paths = (label: string) =>
    svg.split(`aria-label="${label}"`)[1]!.split("</g>")[0]!.match(/<path/g)?.length;
  assert.equal(paths("line"), 2);
  assert.equal(paths("area"), 2);
  assert.match(svg, /a &lt; b<\/text>/);
  assert.match(svg, /score/);
});

Deno.test("a point without a number leaves the rest of the line", () => {
  const svg = drawLines([line("abc", [0, NaN, 2])], { x: "step", y: "score" });
  assert.ok(!svg.includes("NaN"));
});

Deno.test("intervals: one dot and one rule for each, in the order given", () => {
  const bars = ["second", "first"].map((name) => ({
    name,
    colour: "#000",
    value: 1,
    low: 0,
    high: 2,
  }));
  const svg = drawIntervals(bars, { x: "beta", y: "score" });
  assert.equal(svg.match(/<circle/g)?.length, 2);
  assert.ok(svg.indexOf(">second<") < svg.indexOf(">first<"));
});

Deno.test("names that would hide each other are moved apart, others stay", () => {
  const placed = spreadApart([{ y: 1 }, { y: 1 }, { y: 5 }], [0, 10]);
  assert.deepEqual(placed.map(({ y }) => y), [1, 1.45, 5]);
});
