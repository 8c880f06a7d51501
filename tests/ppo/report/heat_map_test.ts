import assert from "node:assert/strict";
import { drawHeatMap, drawLegend, heatScale } from "../../../src/ppo/report/heat_map.ts";
import { madeUpSample } from "./made_up_run.ts";
import { all, bodyOf, one, texts } from "./parsed.ts";

const sample = madeUpSample({
  tokens: ["good", " film", "<eos>"],
  rewards: [1, -0.25, 0],
  kl: [0.5, 0, -0.125],
});
const scale = heatScale([sample, madeUpSample({ rewards: [0, -4, NaN] })]);

Deno.test("a token has its reward and KL as a title, and a colour by sign and size", () => {
  const tokens = all(bodyOf(drawHeatMap(sample, scale)), ".token");
  assert.deepEqual(tokens.map((token) => token.getAttribute("title")), [
    "reward +1, KL +0.5",
    "reward −0.25, KL 0",
    "reward 0, KL −0.125",
  ]);
  assert.deepEqual(tokens.map((token) => token.getAttribute("class")), [
    "token earn",
    "token cost",
    "token earn",
  ]);
  // The scale ends at 4, with a square root as on the web page.
  assert.deepEqual(tokens.map((token) => token.getAttribute("style")), [
    "--strength: 0.500",
    "--strength: 0.250",
    "--strength: 0.000",
  ]);
});

Deno.test("the tokens together are the text, including special tokens", () => {
  assert.equal(one(bodyOf(drawHeatMap(sample, scale)), ".heat").textContent, "good film<eos>");
});

Deno.test("invisible characters have a glyph that is not part of the text", () => {
  const body = bodyOf(drawHeatMap(
    madeUpSample({ tokens: ["a", "\n", "  b", "", "\u202e"], rewards: [0, 0, 0, 0, 0], kl: [] }),
    scale,
  ));
  const glyphs = all(body, ".glyph").map((glyph) => glyph.getAttribute("data-glyph"));
  assert.deepEqual(glyphs, ["↵", "·", "·", "∅", "U+202E"]);
  assert.equal(one(body, ".heat").textContent, "a\n  b\u202e");
});

Deno.test("a token without a reward has no colour and no number", () => {
  const tokens = all(
    bodyOf(drawHeatMap(madeUpSample({ rewards: [NaN, 1, 1], kl: [] }), scale)),
    ".token",
  );
  assert.equal(tokens[0]!.getAttribute("style"), "--strength: 0.000");
  assert.equal(tokens[0]!.getAttribute("title"), "reward –, KL –");
});

Deno.test("the legend ranges from the lowest reward over 0 to the highest", () => {
  const body = bodyOf(drawLegend(scale));
  assert.deepEqual(texts(body, ".ticks span"), ["−4", "−1", "0", "+1", "+4"]);
  assert.match(
    one(body, ".legend").getAttribute("aria-label")!,
    /from −4 \(orange\) .* \+4 \(blue/,
  );
});

Deno.test("without rewards the legend has no numbers", () => {
  assert.doesNotMatch(String(drawLegend(heatScale([]))), /NaN|\+0/);
});
