import assert from "node:assert/strict";
import { glossary, metricNames } from "../../../src/ppo/run/metrics.ts";
import { drawGlossary, drawSettings } from "../../../src/ppo/report/tables.ts";
import { madeUpLine } from "./made_up_run.ts";
import { all, bodyOf, texts } from "./parsed.ts";

Deno.test("the glossary holds every metric with meaning, unit, source and last value", () => {
  const body = bodyOf(drawGlossary(madeUpLine(9, { kl: 6.5, entropy: NaN })));
  assert.deepEqual(texts(body, "tbody code"), [...metricNames]);
  const rows = texts(body, "tbody tr");
  for (const [i, name] of metricNames.entries()) {
    assert.ok(rows[i]!.includes(glossary[name].meaning), name);
    assert.ok(rows[i]!.includes(glossary[name].unit), name);
  }
  const values = texts(body, "tbody .number");
  assert.equal(values[metricNames.indexOf("kl")], "6.5");
  assert.equal(values[metricNames.indexOf("entropy")], "–");
  const cited = metricNames.filter((name) => "source" in glossary[name]);
  assert.equal(all(body, "cite").length, cited.length);
});

Deno.test("an arrow shows which direction is better, if either is", () => {
  const marks = texts(bodyOf(drawGlossary(undefined)), "tbody th");
  assert.ok(
    marks.includes("score_mean ↑") && marks.includes("value_loss ↓") && marks.includes("kl"),
  );
});

Deno.test("before the first step the glossary has no values", () => {
  assert.deepEqual([...new Set(texts(bodyOf(drawGlossary(undefined)), "tbody .number"))], ["–"]);
});

Deno.test("settings are in groups, with the values of the file", () => {
  const body = bodyOf(drawSettings({
    settings: { beta: 0.8, name: "x", list: [1, "a"], none: null, flag: false },
    seed: 7,
    models: { policy: "writer" },
    versions: {},
  }));
  assert.deepEqual(texts(body, "caption"), ["Models", "Settings"]);
  assert.deepEqual(texts(body, "tr th"), [
    "policy",
    "seed",
    "beta",
    "name",
    "list",
    "none",
    "flag",
  ]);
  assert.deepEqual(texts(body, "tr td"), ["writer", "7", "0.8", "x", '[1,"a"]', "null", "false"]);
});
