import assert from "node:assert/strict";
import { type Curve, drawCurve, smoothingOf } from "../../../src/ppo/report/curve.ts";
import { madeUpLine } from "./made_up_run.ts";
import { all, bodyOf, type Element, one, texts } from "./parsed.ts";

const kl: Curve = { title: "KL", metric: "kl" };
const score: Curve = { title: "Score", metric: "score_mean", spread: "score_std" };

const linesOf = (values: readonly number[]) =>
  values.map((value, i) => madeUpLine(i + 1, { kl: value, score_mean: value, score_std: 2 }));

/** The coordinates of a path, in pairs. */
function pointsOf(path: Element): [number, number][] {
  const pairs = (path.getAttribute("d") ?? "").match(/-?[\d.]+,-?[\d.]+/g) ?? [];
  return pairs.map((pair) => pair.split(",").map(Number) as [number, number]);
}

const path = '[aria-label="line"] path';

Deno.test("a curve has evenly spaced steps, and higher points for higher values", () => {
  const points = pointsOf(one(bodyOf(drawCurve(linesOf([1, 3, 2]), kl)), path));
  const [[x1, y1], [x2, y2], [x3, y3]] = points as [
    [number, number],
    [number, number],
    [number, number],
  ];
  assert.equal(points.length, 3);
  assert.ok(Math.abs((x2 - x1) - (x3 - x2)) < 0.01);
  assert.ok(y2 < y3 && y3 < y1, "down the page is towards smaller values");
  assert.ok(Math.abs((y1 - y2) - 2 * (y3 - y2)) < 0.01, "the axis is linear");
});

Deno.test("the axes are labelled with the step and the glossary's unit, and steps are integers", () => {
  const body = bodyOf(drawCurve(linesOf([1, 3, 2]), kl));
  assert.deepEqual(texts(body, '[aria-label="y-axis label"] text'), ["↑ nats per completion"]);
  assert.deepEqual(texts(body, '[aria-label="x-axis label"] text'), ["step →"]);
  assert.deepEqual(texts(body, '[aria-label="x-axis tick label"] text'), ["1", "2", "3"]);
  assert.ok(texts(body, '[aria-label="y-axis tick label"] text').length >= 3);
});

Deno.test("the heading has the name, first and last value, and the figure has the meaning", () => {
  const body = bodyOf(drawCurve(linesOf([1, 3, 2]), kl));
  assert.deepEqual(texts(body, "figcaption"), ["KL kl 1 → 2"]);
  assert.match(one(body, "figure").getAttribute("title")!, /^how far the policy has gone/);
});

Deno.test("screen readers get a description of the curve", () => {
  const svg = one(bodyOf(drawCurve(linesOf([1, 3, -2]), kl)), "svg");
  assert.equal(svg.getAttribute("role"), "img");
  assert.equal(
    svg.getAttribute("aria-label"),
    "KL in nats per completion: 1 at step 1, −2 at step 3, between −2 and 3",
  );
});

Deno.test("a spread is a band around the line", () => {
  const body = bodyOf(drawCurve(linesOf([1, 3, 2]), score));
  const band = pointsOf(one(body, '[aria-label="area"] path'));
  const line = pointsOf(one(body, path));
  assert.equal(band.length, 6);
  const [upper, lower] = [band.slice(0, 3), band.slice(3).reverse()];
  for (const [i, [, y]] of line.entries()) {
    const gaps = [Math.abs(upper[i]![1] - y), Math.abs(lower[i]![1] - y)];
    assert.ok(gaps[0]! > 5 && Math.abs(gaps[0]! - gaps[1]!) < 0.01, `${gaps}`);
  }
  assert.equal(all(bodyOf(drawCurve(linesOf([1, 2]), kl)), '[aria-label="area"]').length, 0);
  assert.deepEqual(texts(body, '[aria-label="y-axis label"] text'), ["↑ score ± std"]);
});

Deno.test("steps without a number leave a gap in the curve", () => {
  const body = bodyOf(drawCurve(linesOf([NaN, 1, NaN, 3, 2]), kl));
  const data = one(body, path).getAttribute("d")!;
  assert.equal(data.match(/M/g)?.length, 2);
  assert.doesNotMatch(body.textContent + data, /NaN|Infinity|undefined/);
  assert.deepEqual(texts(body, "figcaption span"), ["1 → 2"]);
});

Deno.test("a metric without any number says so", () => {
  const body = bodyOf(drawCurve(linesOf([NaN, NaN]), kl));
  assert.deepEqual(texts(body, ".none"), ["No step has this number."]);
  assert.deepEqual(texts(body, "figcaption span"), ["–"]);
  assert.equal(all(body, "svg").length, 0);
});

Deno.test("a spread of NaN is drawn as 0", () => {
  const lines = [madeUpLine(1, { score_std: NaN }), madeUpLine(2, { score_std: NaN })];
  const body = bodyOf(drawCurve(lines, score));
  assert.doesNotMatch(one(body, '[aria-label="area"] path').getAttribute("d")!, /NaN/);
});

Deno.test("one step is a dot, and a constant a horizontal line", () => {
  const single = bodyOf(drawCurve(linesOf([0]), kl));
  assert.equal(all(single, '[aria-label="dot"] circle').length, 1);
  assert.deepEqual(texts(single, '[aria-label="x-axis tick label"] text'), ["1"]);
  const level = pointsOf(one(bodyOf(drawCurve(linesOf([5, 5, 5]), kl)), path));
  assert.equal(new Set(level.map(([, y]) => y)).size, 1);
});

Deno.test("zero has a line of its own if there are values on both sides", () => {
  const rules = (values: readonly number[]) =>
    all(bodyOf(drawCurve(linesOf(values), kl)), '[aria-label="rule"] line').length;
  assert.deepEqual([rules([-1, 1]), rules([1, 2]), rules([-2, -1])], [1, 0, 0]);
});

Deno.test("steps have tooltips, up to a limit", () => {
  const readouts = (values: readonly number[]) =>
    texts(bodyOf(drawCurve(linesOf(values), score)), '[aria-label="rect"] title');
  assert.deepEqual(readouts([1, NaN, 2.5]), ["step 1: 1 ± 2", "step 3: 2.5 ± 2"]);
  const many = readouts(Array.from({ length: 950 }, (_, i) => i));
  assert.ok(many.length > 50 && many.length <= 100, `${many.length}`);
  assert.equal(many.at(-1), "step 950: 949 ± 2");
});

Deno.test("a long run has a moving average, which keeps a straight line straight", () => {
  assert.deepEqual([1, 39, 40, 120, 1_000].map(smoothingOf), [1, 1, 3, 7, 51]);
  const lines = all(bodyOf(drawCurve(linesOf(Array.from({ length: 60 }, (_, i) => i)), kl)), path);
  assert.equal(lines.length, 2);
  const [steps, mean] = lines.map(pointsOf) as [[number, number][], [number, number][]];
  assert.equal(steps.length, 60);
  const at = mean.findIndex(([x]) => Math.abs(x - steps[30]![0]) < 0.01);
  assert.ok(Math.abs(mean[at]![1] - steps[30]![1]) < 0.01);
});

Deno.test("a curve without some steps has the same window as the others", () => {
  const linesWithout = (missing: number) =>
    linesOf(Array.from({ length: 40 }, (_, i) => i < missing ? NaN : i));
  for (const missing of [1, 38]) {
    const drawn = all(bodyOf(drawCurve(linesWithout(missing), kl)), path);
    assert.equal(drawn.length, 2, `${missing} missing`);
    assert.equal(pointsOf(drawn[1]!).length, 40 - missing);
  }
  assert.doesNotMatch(String(drawCurve(linesWithout(39), kl)), /NaN/);
});

Deno.test("a drawing uses CSS variables for its colours, so that it serves both themes", () => {
  const text = String(drawCurve(linesOf([1, 3, 2]), score));
  assert.match(text, /var\(--accent\)/);
  assert.doesNotMatch(text, /#[0-9a-f]{3,6}\b|rgb\(|"(black|white)"|<style/i);
});
