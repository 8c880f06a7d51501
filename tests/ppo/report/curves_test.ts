import assert from "node:assert/strict";
import { metricNames } from "../../../src/ppo/run/metrics.ts";
import { chosen, drawCurves, otherCurves } from "../../../src/ppo/report/curves.ts";
import { madeUpRun } from "./made_up_run.ts";
import { all, bodyOf, one, texts } from "./parsed.ts";

Deno.test("every metric is drawn once, as a curve or as the band of one", () => {
  const drawn = [...chosen, ...otherCurves()].flatMap(({ metric, spread }) => [metric, spread]);
  assert.deepEqual(drawn.filter((each) => each !== undefined).toSorted(), metricNames.toSorted());
});

Deno.test("titles are words", () => {
  const titles = new Map(otherCurves().map(({ metric, title }) => [metric, title]));
  assert.equal(titles.get("kl_per_token"), "KL per token");
  assert.equal(titles.get("advantage_std"), "Advantage deviation");
});

Deno.test("ten curves are visible, and the others in a section with their count", () => {
  const body = bodyOf(drawCurves(madeUpRun(3).metrics));
  const hidden = all(one(body, "details"), "figure");
  assert.equal(all(body, "figure").length - hidden.length, 10);
  assert.equal(all(body, "svg").length, 10 + hidden.length);
  assert.deepEqual(texts(body, "summary"), [`${hidden.length} more curves`]);
});

Deno.test("a moving average is always explained", () => {
  assert.deepEqual(texts(bodyOf(drawCurves(madeUpRun(12).metrics)), "p"), []);
  assert.match(texts(bodyOf(drawCurves(madeUpRun(50).metrics)), "p")[0]!, /mean over 3 of them/);
});

Deno.test("a run without steps says so", () => {
  assert.deepEqual(texts(bodyOf(drawCurves([])), "p"), ["No step is finished yet."]);
});
