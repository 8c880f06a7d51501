import assert from "node:assert/strict";
import { defaultOptions } from "../../src/credit/options.ts";
import { answerOf, creditInputsOf } from "../../src/scorer/credit_inputs.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import { paidOwnTokens } from "../../src/text/paid_tokens.ts";
import { textUnits, tokenUnits } from "../../src/text/units.ts";
import { fakeModel } from "../support/fake_model.ts";

const encoding: Encoding = {
  ids: Int32Array.of(10, 11, 12, 13, 14, 15),
  completion: [2, 5],
  closing: [5, 6],
  pool: [5],
  offsets: [[0, 3], [3, 4], [4, 9]],
  completionLength: 9,
  truncated: false,
};
const paid = paidOwnTokens(encoding);
const units = tokenUnits(paid, 3);
const scored = { logits: Float32Array.of(1.5), rowLogits: new Float32Array(), measured: {} };

Deno.test("methods see the tokens, where the completion stands and where the score is pooled", () => {
  const inputs = creditInputsOf({
    encoding,
    paid,
    units,
    options: defaultOptions,
    model: fakeModel(),
  });
  assert.deepEqual([inputs.ids, inputs.pool], [encoding.ids, [5]]);
  assert.deepEqual([inputs.completion, inputs.closing, inputs.units.count], [[2, 5], [5, 6], 3]);
});

Deno.test("a text without some tokens is pooled where the model would pool it", () => {
  const without = (pooling: "last" | "first" | "mean") => {
    const model = { ...fakeModel(), pooling };
    return creditInputsOf({ encoding, paid, units, options: defaultOptions, model }).without([[
      2,
      4,
    ]]);
  };
  assert.deepEqual(without("last"), { ids: Int32Array.of(10, 11, 14, 15), pool: [3] });
  assert.deepEqual(without("first").pool, [0]);
  assert.deepEqual(without("mean").pool, [0, 1, 2, 3]);
});

Deno.test("types of tokens go with the tokens", () => {
  const types = Int32Array.of(0, 0, 1, 1, 1, 2);
  const typed = { ...encoding, types };
  const inputs = creditInputsOf({
    encoding: typed,
    paid,
    units,
    options: defaultOptions,
    model: fakeModel(),
  });
  assert.equal(inputs.types, types);
  assert.deepEqual(inputs.without([[2, 4]]).types, Int32Array.of(0, 0, 1, 2));
});

Deno.test("a step belongs to the unit that its last token belongs to", () => {
  const steps = [3, 4].map((at) => ({ at, mark: at, inserted: false }));
  const model = { pooling: "steps", steps: { text: "", reduction: "mean" } } as const;
  const ends = [3, 9];
  const units = textUnits(paid, { ends, tokens: encoding.offsets, paid: encoding.offsets });
  const inputs = creditInputsOf({
    encoding: { ...encoding, steps },
    paid,
    units,
    options: defaultOptions,
    model,
  });
  assert.deepEqual(inputs.steps, { ends: [1, 2], units: [1, 1], reduction: "mean" });
});

Deno.test("an output is the score of its pooled state and of each row, by the model's rule", () => {
  assert.deepEqual(answerOf(scored, fakeModel()), {
    score: 1.5,
    rowScores: new Float64Array(),
    measured: {},
  });
  const rows = { logits: Float32Array.of(2, 8), rowLogits: Float32Array.of(1, 4, 2, 8) };
  const { score, rowScores } = answerOf({ ...scored, ...rows }, fakeModel({ labels: 2 }));
  assert.deepEqual([score, rowScores], [6, Float64Array.of(3, 6)]);
});

Deno.test("a logit that is not finite is a model failure", () => {
  const broken = { ...scored, logits: Float32Array.of(NaN) };
  assert.throws(() => answerOf(broken, fakeModel()), { kind: "model_failure" });
});
