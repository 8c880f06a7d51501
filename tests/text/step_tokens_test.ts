import assert from "node:assert/strict";
import { fit } from "../../src/text/fit.ts";
import type { StepMark } from "../../src/text/step_rule.ts";
import {
  closeSteps,
  type StepEnd,
  stepsBefore,
  stepsOfIds,
  stepsOfText,
  stepsShifted,
} from "../../src/text/step_tokens.ts";
import type { TokenizedSample } from "../../src/text/tokenized_sample.ts";

const mark: StepMark = { ids: [90, 91], text: "<m>", place: "instead", alone: false };
const separator: StepMark = { ids: [90], text: "\n", place: "instead", alone: true };
const EOS = 2;

/** Two tokens of prompt, and those of the completion, a character each. */
function sample(ids: number[], ends: StepEnd[] = [], open = true): TokenizedSample {
  return {
    ids: Int32Array.of(10, 11, ...ids),
    prompt: [0, 2],
    completion: [2, 2 + ids.length],
    offsets: ids.map((_, i) => [i, i + 1]),
    completionLength: ids.length,
    steps: { ends, open },
  };
}

const bare = (at: number): StepEnd => ({ at, mark: at + 1, inserted: false });

Deno.test("an open step is ended by a mark that covers nothing", () => {
  const closed = closeSteps(sample([20, 21], [bare(2)]), { mark, endings: [EOS] });
  assert.deepEqual([...closed.ids], [10, 11, 20, 21, 90, 91]);
  assert.deepEqual(closed.completion, [2, 6]);
  assert.deepEqual(closed.offsets, [[0, 1], [1, 2], [2, 2], [2, 2]]);
  assert.deepEqual(closed.steps, {
    ends: [bare(2), { at: 5, mark: 4, inserted: true }],
    open: false,
  });
});

Deno.test("a mark stands before what ends the text", () => {
  const closed = closeSteps(sample([20, EOS]), { mark, endings: [EOS] });
  assert.deepEqual([...closed.ids], [10, 11, 20, 90, 91, EOS]);
  assert.deepEqual(closed.offsets, [[0, 1], [1, 1], [1, 1], [1, 2]]);
});

Deno.test("without a mark the last token is read that ends no text", () => {
  const closed = closeSteps(sample([20, 21, EOS]), { endings: [EOS] });
  assert.deepEqual(closed.steps, { ends: [bare(3)], open: false });
  assert.deepEqual(closeSteps(sample([20], [bare(2)]), { endings: [] }).steps?.ends, [bare(2)]);
});

Deno.test("an empty completion is one empty step, read behind the prompt", () => {
  assert.deepEqual([...closeSteps(sample([]), { mark, endings: [] }).ids], [10, 11, 90, 91]);
  assert.deepEqual(closeSteps(sample([]), { endings: [] }).steps?.ends, [bare(1)]);
});

Deno.test("what is closed stays as it is", () => {
  const closed = sample([20], [bare(2)], false);
  assert.equal(closeSteps(closed, { mark, endings: [] }), closed);
});

Deno.test("steps of a text are read at the last token that begins in them", () => {
  const starts = Int32Array.of(0, 0, 0, 4, 9, 9);
  const tokens = {
    ids: new Int32Array(6),
    starts,
    ends: Int32Array.of(0, 0, 4, 9, 12, 12),
    texts: [[2, 6]] as const,
    cores: new Map(),
  };
  const steps = stepsOfText(tokens, { ends: [4, 7, 12], open: false, given: false }, [2, 6]);
  assert.deepEqual(steps.ends.map(({ at }) => at), [2, 3, 5]);
  const twice = { ends: [5, 7], open: false };
  assert.deepEqual(stepsOfText(tokens, { ...twice, given: false }, [2, 6]).ends, [bare(3)]);
  assert.throws(() => stepsOfText(tokens, { ...twice, given: true }, [2, 6]), { path: "steps[1]" });
});

Deno.test("marks that cover characters are the completion's own tokens", () => {
  const tokens = {
    ids: new Int32Array(4),
    starts: Int32Array.of(0, 1, 2, 2),
    ends: Int32Array.of(1, 2, 2, 3),
    texts: [[0, 4]] as const,
    cores: new Map(),
    marks: [[1, 2], [2, 3]] as const,
  };
  const { ends } = stepsOfText(tokens, { open: false, given: false }, [0, 4]);
  assert.deepEqual(ends, [
    { at: 1, mark: 1, inserted: false },
    { at: 2, mark: 2, inserted: true },
  ]);
});

Deno.test("ids are read at their marks, or at the tokens that write a separator", () => {
  const marked = sample([20, 90, 91, 21, 90]);
  const decoded = { text: "ab", offsets: [] };
  const found = stepsOfIds(marked, decoded, { at: "paragraph", mark });
  assert.deepEqual(found, { ends: [{ at: 4, mark: 3, inserted: false }], open: true });
  const lines = { text: "a.\nb", offsets: [[0, 1], [1, 3], [3, 4]] as const };
  const rule = { at: "line", mark: separator } as const;
  assert.deepEqual(stepsOfIds(sample([20, 21, 22]), lines, rule), { ends: [bare(3)], open: true });
});

Deno.test("ids of several steps without marks are refused, of one step not", () => {
  const text = "a\n\nb";
  const offsets = [[0, 1], [1, 3], [3, 4]] as const;
  const rule = { at: "paragraph", mark } as const;
  assert.throws(() => stepsOfIds(sample([20, 21, 22]), { text, offsets }, rule), {
    kind: "invalid_request",
    path: "completion_ids",
  });
  const one = { text: "a", offsets: [[0, 1]] as const };
  assert.deepEqual(stepsOfIds(sample([20]), one, rule), { ends: [], open: true });
});

Deno.test("truncation on the right ends the step that is left, and never halves a mark", () => {
  const step = { at: 5, mark: 4, inserted: false };
  const long = sample([20, 21, 90, 91, 22, 23, 24], [step]);
  for (
    const [context, ids, ends] of [
      [10, [10, 11, 20, 21, 90, 91, 22, 23, 90, 91], [5, 9]],
      [9, [10, 11, 20, 21, 90, 91, 22, 90, 91], [5, 8]],
      [8, [10, 11, 20, 21, 90, 91], [5]],
      [6, [10, 11, 20, 21, 90, 91], [5]],
      [5, [10, 11, 20, 90, 91], [4]],
    ] as const
  ) {
    const options = { context, pooling: "steps", truncation: "right" } as const;
    const fitted = fit(long, { ...options, closing: { mark, endings: [] } });
    assert.deepEqual([...fitted.ids], ids, `${context}`);
    assert.deepEqual(fitted.pool, ends, `${context}`);
    assert.ok(fitted.truncated);
  }
});

Deno.test("truncation on the left moves the steps", () => {
  const options = { context: 4, pooling: "steps", truncation: "left" } as const;
  const fitted = fit(sample([20, 21], [bare(2)]), {
    ...options,
    closing: { mark: separator, endings: [] },
  });
  assert.deepEqual([...fitted.ids], [11, 20, 21, 90]);
  assert.deepEqual(fitted.pool, [1, 3]);
  assert.deepEqual(stepsShifted({ ends: [bare(2)], open: false }, 1).ends, [bare(1)]);
  assert.deepEqual(stepsBefore(3, { ends: [bare(2), bare(3)], open: false }).ends, [bare(2)]);
});
