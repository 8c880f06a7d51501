import assert from "node:assert/strict";
import fc from "fast-check";
import type { StepMark, StepRule } from "../../src/text/step_rule.ts";
import { expectSteps, findSteps, givenSteps } from "../../src/text/steps.ts";

const extra: StepMark = { ids: [9], text: "<extra_0>", place: "instead", alone: false };
const newline: StepMark = { ids: [3], text: "\n", place: "instead", alone: true };

/** The text of each step with what ends it, and what is open. */
function divided(text: string, rule: StepRule): [...steps: string[], open: boolean] {
  const { breaks, open } = findSteps(text, rule);
  let from = 0;
  const steps = breaks.filter(({ isEnd }) => isEnd).map(({ end }) => {
    const step = text.slice(from, end);
    from = end;
    return step;
  });
  return [...steps, open];
}

Deno.test("a line break ends a step, a blank line ends none", () => {
  assert.deepEqual(divided("a\nb", { at: "line" }), ["a\n", true]);
  assert.deepEqual(divided("a\r\nb\n", { at: "line" }), ["a\r\n", "b\n", false]);
  assert.deepEqual(divided("\n\na\n\n \nb\n\n", { at: "line" }), ["\n\na\n", "\n \nb\n", false]);
});

Deno.test("a blank line ends a paragraph, whatever space is in it", () => {
  assert.deepEqual(divided("a\nb\n\nc", { at: "paragraph" }), ["a\nb\n\n", true]);
  assert.deepEqual(divided("a\n \t\n\nb\n\n", { at: "paragraph" }), ["a\n \t\n\n", "b\n\n", false]);
});

Deno.test("nothing at all is one open step", () => {
  for (const text of ["", " ", "\n\n"]) assert.deepEqual(divided(text, { at: "line" }), [true]);
});

Deno.test("marks that a text has go before every rule, each ends a step", () => {
  const rule: StepRule = { at: "paragraph", mark: extra };
  const text = "a\n\nb<extra_0><extra_0>c";
  assert.deepEqual(divided(text, rule), ["a\n\nb<extra_0>", "<extra_0>", true]);
  assert.deepEqual(divided("a\n\nb", rule), ["a\n\n", true]);
  assert.deepEqual(divided("a\n\nb", { ...rule, at: "mark" }), [true]);
  const spaced: StepMark = { ids: [7], text: " ки", place: "before", alone: false };
  const { breaks } = findSteps("a ки\nbки", { at: "line", mark: spaced });
  assert.deepEqual(breaks.map(({ start, end }) => [start, end]), [[1, 4], [6, 8]]);
});

Deno.test("a mark that is the separator itself is no mark in the text", () => {
  const text = "a\n\nb\nc";
  assert.deepEqual(divided(text, { at: "line", mark: newline }), ["a\n", "\nb\n", true]);
});

Deno.test("given steps end where they are said to end", () => {
  const { breaks, open } = givenSteps("ab\ncd", [[0, 2], [3, 5]], { at: "line" });
  assert.deepEqual(breaks.map(({ start, end }) => [start, end]), [[2, 2]]);
  assert.ok(open, "the end of the text is where an open step ends");
  const early = givenSteps("ab cd", [[0, 2]], { at: "line" });
  assert.deepEqual([early.breaks.length, early.open], [1, false]);
});

Deno.test("a mark takes the place of the line breaks at the end of a given step and behind it", () => {
  const rule: StepRule = { at: "line", mark: newline };
  for (
    const steps of [[[0, 2], [4, 6]], [[0, 3], [4, 6]], [[0, 4], [4, 6]]] as [number, number][][]
  ) {
    const { breaks, open } = givenSteps("ab\n\ncd", steps, rule);
    assert.deepEqual(breaks.map(({ start, end }) => [start, end]), [[2, 4]]);
    assert.ok(open);
  }
  assert.deepEqual(givenSteps("ab\n", [[0, 3]], rule).open, false);
});

Deno.test("steps that overlap, are empty or leave the completion are refused at their place", () => {
  const refused = (...steps: [number, number][]) => {
    try {
      expectSteps(steps, 5);
    } catch (error) {
      return (error as { path?: string }).path;
    }
  };
  assert.equal(refused(), "steps");
  assert.equal(refused([0, 0]), "steps[0]");
  assert.equal(refused([0, 3], [2, 4]), "steps[1]");
  assert.equal(refused([0, 3], [3, 6]), "steps[1]");
  assert.equal(refused([0, 3], [3, 5]), undefined);
});

Deno.test("breaks stand in order, whatever the text", () => {
  const parts = fc.constantFrom("a", " ", "\n", "\r\n", "<extra_0>", "🥚", "\t");
  const texts = fc.array(parts, { maxLength: 30 }).map((list) => list.join(""));
  const rules: StepRule[] = [
    { at: "line" },
    { at: "paragraph", mark: extra },
    { at: "line", mark: newline },
    { at: "mark", mark: extra },
  ];
  fc.assert(fc.property(texts, fc.constantFrom(...rules), (text, rule) => {
    const { breaks } = findSteps(text, rule);
    const places = breaks.flatMap(({ start, end }) => [start, end]);
    assert.deepEqual(places, places.toSorted((a, b) => a - b));
    assert.ok(breaks.every(({ start, end }) => start < end));
  }));
});
