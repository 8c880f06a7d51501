import assert from "node:assert/strict";
import { drawSamples, pairsOf } from "../../../src/ppo/report/samples.ts";
import { madeUpSample } from "./made_up_run.ts";
import { all, bodyOf, texts } from "./parsed.ts";

const at = (step: number, prompt: string, score = step) => madeUpSample({ step, prompt, score });
const briefly = (pairs: ReturnType<typeof pairsOf>) =>
  pairs.map(({ before, after }) => `${before?.prompt ?? "-"}/${after?.prompt ?? "-"}`);

Deno.test("completions of one prompt are paired, without those of the steps between", () => {
  const pairs = pairsOf([at(1, "a"), at(1, "b"), at(5, "a"), at(9, "b"), at(9, "a")]);
  assert.deepEqual(briefly(pairs), ["a/a", "b/b"]);
  assert.deepEqual(pairs.map(({ before, after }) => [before!.step, after!.step]), [[1, 9], [1, 9]]);
});

Deno.test("a prompt that occurs twice is paired twice", () => {
  const pairs = pairsOf([at(1, "a", 1), at(1, "a", 2), at(2, "a", 3), at(2, "a", 4)]);
  assert.deepEqual(pairs.map(({ before, after }) => [before!.score, after!.score]), [[1, 3], [
    2,
    4,
  ]]);
});

Deno.test("prompts of only one step are paired with each other, the rest are alone", () => {
  const samples = [at(1, "a"), at(1, "b"), at(1, "c"), at(2, "c"), at(2, "x")];
  assert.deepEqual(briefly(pairsOf(samples)), ["c/c", "a/x", "b/-"]);
  assert.deepEqual(briefly(pairsOf([at(1, "a"), at(2, "x"), at(2, "y")])), ["a/x", "-/y"]);
});

Deno.test("a shared prompt is shown once above both completions, different ones above their own", () => {
  const shared = bodyOf(drawSamples([at(1, "same", -2), at(9, "same", 3)]));
  assert.deepEqual(texts(shared, "thead th"), ["Before: step 1", "After: step 9"]);
  assert.deepEqual(texts(shared, ".prompt"), ["same"]);
  assert.deepEqual(texts(shared, ".verdict b"), ["−2", "3"]);
  assert.equal(all(shared, "td .heat").length, 2);
  const apart = bodyOf(drawSamples([at(1, "one"), at(9, "other")]));
  assert.deepEqual(texts(apart, "td .prompt"), ["one", "other"]);
});

Deno.test("a completion says how it ended", () => {
  const body = bodyOf(drawSamples([at(1, "p"), { ...at(2, "p"), ended: false }]));
  assert.deepEqual(texts(body, ".verdict span:last-child"), [
    "3 tokens, ended by itself",
    "3 tokens, cut off at the length limit",
  ]);
});

Deno.test("samples of one step are one column", () => {
  const body = bodyOf(drawSamples([at(4, "a"), at(4, "b")]));
  assert.deepEqual(texts(body, "thead th"), ["Before: step 4"]);
  assert.equal(all(body, "td").length, 2);
});

Deno.test("all samples have one colour scale, so that they can be compared", () => {
  const loud = { ...at(2, "p"), rewards: [9, 0, 0] };
  const quiet = { ...at(1, "p"), rewards: [1, 0, 0] };
  const strengths = all(bodyOf(drawSamples([quiet, loud])), ".token")
    .map((token) => token.getAttribute("style"));
  assert.deepEqual([strengths[0], strengths[3]], ["--strength: 0.333", "--strength: 1.000"]);
});

Deno.test("a report has a limited number of pairs, and counts the others", () => {
  const many = [1, 2].flatMap((step) => Array.from({ length: 30 }, (_, i) => at(step, `p${i}`)));
  const body = bodyOf(drawSamples(many));
  assert.equal(all(body, "tbody").length, 24);
  assert.deepEqual(texts(body, ".hint"), ["6 more pairs in samples.jsonl."]);
});

Deno.test("without samples there is no table", () => {
  assert.deepEqual(texts(bodyOf(drawSamples([])), "p"), ["The run kept no samples."]);
});
