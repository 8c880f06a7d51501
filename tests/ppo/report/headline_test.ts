import assert from "node:assert/strict";
import { drawHeadline, tilesOf } from "../../../src/ppo/report/headline.ts";
import { madeUpLine } from "./made_up_run.ts";
import { bodyOf, texts } from "./parsed.ts";

const lines = [
  madeUpLine(1, { score_mean: -1, kl: 0, step_seconds: 30, tokens_per_second: 100, updates: 8 }),
  madeUpLine(2, { score_mean: 3, kl: 4, step_seconds: 10, tokens_per_second: 500, updates: 8 }),
  madeUpLine(3, {
    score_mean: 2.5,
    kl: 6,
    kl_coefficient: 0.2,
    step_seconds: 60,
    tokens_per_second: 200,
    updates: 4,
  }),
];

Deno.test("the headline has score, KL, steps, time and speed", () => {
  const [score, kl, steps, time, speed] = tilesOf(lines);
  assert.deepEqual([score!.value, score!.note], ["−1 → 2.5", "+3.5; best 3 at step 2"]);
  assert.deepEqual([kl!.value, kl!.note], ["6", "nats per completion; a nat costs 0.2"]);
  assert.deepEqual([steps!.value, steps!.note], ["3", "20 optimiser steps"]);
  assert.deepEqual([time!.value, time!.note], ["1 min 40 s", "33 s a step"]);
  // 3,000 + 5,000 + 12,000 tokens in 100 seconds; the mean of the three speeds would be 267.
  assert.equal(speed!.value, "200");
});

Deno.test("steps without a number are ignored", () => {
  const holed = [madeUpLine(1, { score_mean: NaN, kl: 1 }), ...lines, madeUpLine(4, { kl: NaN })];
  assert.equal(tilesOf([...holed.slice(0, 4)])[0]!.value, "−1 → 2.5");
  assert.equal(tilesOf(holed)[1]!.value, "6");
});

Deno.test("unknown numbers are shown as dashes", () => {
  for (const lines of [[], [madeUpLine(1, {}, NaN)]]) {
    const tiles = tilesOf(lines);
    assert.deepEqual([tiles[0]!.value, tiles[1]!.value, tiles[4]!.value], ["–", "–", "–"]);
    assert.doesNotMatch(String(drawHeadline(lines)), /NaN|Infinity|undefined/);
  }
});

Deno.test("each number has its name", () => {
  const body = bodyOf(drawHeadline(lines));
  assert.equal(texts(body, "dt").length, 5);
  assert.deepEqual(texts(body, "dd.value")[0], "−1 → 2.5");
});
