import assert from "node:assert/strict";
import type { RenderedSample } from "../../src/text/rendered_sample.ts";
import { withSteps } from "../../src/text/step_pieces.ts";
import type { StepMark, StepRule } from "../../src/text/step_rule.ts";

/** A prompt of four characters, one of them beyond the first plane, and a completion. */
function rendered(completion: string, behind = ""): RenderedSample {
  const length = Array.from(completion).length;
  return {
    text: `🥚 a:${completion}${behind}`,
    region: {
      start: 4,
      end: 4 + length,
      length,
      parts: [{ text: 4, completion: 0, length }],
    },
    addSpecialTokens: true,
  };
}

const extra: StepMark = { ids: [9], text: "<extra_0>", place: "instead", alone: false };
const newline: StepMark = { ids: [3], text: "\n", place: "instead", alone: true };
const before: StepMark = { ids: [7], text: " ки", place: "before", alone: false };

/** Texts of pieces; those of marks and of blank lines with their ids. */
function pieces(sample: RenderedSample): unknown[] {
  return (sample.pieces ?? []).map(({ text, ids, isAlone = false }) =>
    ids === undefined ? isAlone ? [text] : text : { [text]: ids }
  );
}

Deno.test("a mark takes the place of what ends a step", () => {
  const rule: StepRule = { at: "paragraph", mark: extra };
  const sample = withSteps(rendered("b🥚\n\nc", "<end>"), rule);
  assert.deepEqual(pieces(sample), ["🥚 a:b🥚", { "\n\n": [9] }, "c<end>"]);
  assert.deepEqual(sample.steps, { open: true, given: false });
});

Deno.test("steps that are texts of their own are cut off from the prompt and from what is behind", () => {
  const sample = withSteps(rendered("b\n\nc\n", "<end>"), { at: "line", mark: newline });
  const blank = { "\n": [3] };
  assert.deepEqual(pieces(sample), ["🥚 a:", ["b"], blank, blank, ["c"], blank, "<end>"]);
  const marks = sample.pieces?.filter(({ isMark }) => isMark).length;
  assert.equal(marks, 2, "a blank line ends no step");
});

Deno.test("a mark may stand before the line break that ends a step", () => {
  const sample = withSteps(rendered("b\n\nc"), { at: "line", mark: before });
  assert.deepEqual(pieces(sample), ["🥚 a:b", { "": [7] }, "\n\nc"]);
});

Deno.test("a mark at the very start of a text stands behind an empty piece", () => {
  const sample = { ...rendered("<extra_0>b"), text: "<extra_0>b" };
  const region = { start: 0, end: 10, length: 10, parts: [{ text: 0, completion: 0, length: 10 }] };
  const found = withSteps({ ...sample, region }, { at: "mark", mark: extra });
  assert.deepEqual(pieces(found), ["", { "<extra_0>": [9] }, "b"]);
});

Deno.test("pieces of control tokens are cut where a step ends in one of them", () => {
  const base = [
    { text: "🥚 a:b", isPlain: false },
    { text: "<|x|>", isPlain: true },
    { text: "\n\nc", isPlain: false },
  ];
  const sample = { ...rendered("b<|x|>\n\nc"), pieces: base };
  const found = withSteps(sample, { at: "paragraph", mark: extra });
  assert.deepEqual(pieces(found), ["🥚 a:b", "<|x|>", { "\n\n": [9] }, "c"]);
  assert.deepEqual(found.pieces?.map(({ isPlain }) => isPlain), [false, true, false, false]);
});

Deno.test("without a mark the ends are places in the text, in code points", () => {
  const sample = withSteps(rendered("🥚\nc\n"), { at: "line" });
  assert.deepEqual(sample.steps, { ends: [6, 8], open: false, given: false });
  assert.equal(sample.pieces, undefined);
});

Deno.test("given steps are carried over to what the template kept of the completion", () => {
  const region = {
    start: 4,
    end: 8,
    length: 7, // "xx b\ncd", of which "b\ncd" was kept
    parts: [{ text: 4, completion: 3, length: 4 }],
  };
  const sample = { ...rendered("b\ncd"), region };
  const { steps } = withSteps(sample, { at: "line" }, [[0, 4], [5, 7]]);
  assert.deepEqual(steps, { ends: [5], open: true, given: true });
  assert.throws(() => withSteps(sample, { at: "line" }, [[0, 3], [3, 7]]), {
    kind: "invalid_request",
    path: "steps[0]",
    message: /the model's chat template leaves it out/,
  });
});

Deno.test("a pair of texts has no steps", () => {
  const pair = { ...rendered("b"), text: ["a", "b"] as const };
  assert.throws(() => withSteps(pair, { at: "line" }), TypeError);
});
