import assert from "node:assert/strict";
import { creditInputsOf, jobFor } from "../../src/scorer/credit_inputs.ts";
import type { Needs } from "../../src/credit/method.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import { ownUnits } from "../../src/text/alignment.ts";
import { fakeModel } from "../support/fake_model.ts";

const nothing: Needs = { attention: false, prefixScores: false, attribution: false };
const attention: Needs = { ...nothing, attention: true };
const prefixes: Needs = { ...nothing, prefixScores: true };
const attribution: Needs = { ...nothing, attribution: true };

const scored = { logits: Float32Array.of(1.5), rowLogits: new Float32Array(), measured: {} };

/** Ids 10, 11, ... with the completion and closing tokens at these places. */
function encoding(
  length: number,
  completion: Encoding["completion"],
  { closing = [length, length], pool = [length - 1] }: Partial<Encoding> = {},
): Encoding {
  return {
    ids: Int32Array.from({ length }, (_, i) => 10 + i),
    completion,
    closing,
    pool,
    offsets: [],
    completionLength: 0,
    truncated: false,
  };
}

function rows(encoding: Encoding, needs: Needs): readonly number[] {
  return jobFor(encoding, { needs, attention: "causal" }).query.rows;
}

Deno.test("attention and plain scores need no rows", () => {
  assert.deepEqual(rows(encoding(6, [3, 5]), attention), []);
  assert.deepEqual(rows(encoding(6, [3, 5]), nothing), []);
  const { query } = jobFor(encoding(6, [3, 5]), { needs: attention, attention: "causal" });
  assert.deepEqual(query.measure, ["attention"]);
  assert.deepEqual(query.pool, [5]);
});

const rowCases: readonly (readonly [string, Encoding, number[]])[] = [
  ["prompt, completion", encoding(6, [3, 6]), [2, 3, 4, 5]],
  ["prompt, completion, closing", encoding(6, [3, 5]), [2, 3, 4]],
  ["prompt, completion, two closing", encoding(7, [3, 5]), [2, 3, 4]],
  ["completion without a prompt", encoding(3, [0, 3]), [0, 1, 2]],
  ["an empty completion", encoding(3, [3, 3]), [2]],
  ["an empty completion with closing", encoding(5, [3, 3]), [2]],
  ["nothing but closing", encoding(2, [0, 0]), []],
];

for (const [name, example, expected] of rowCases) {
  Deno.test(`prefix scores of ${name} are read at ${expected.join(", ")}`, () => {
    assert.deepEqual(rows(example, prefixes), expected);
  });
}

Deno.test("completions of one prompt form a group, those of others do not", () => {
  const options = { needs: nothing, attention: "causal" } as const;
  const [one, two] = [jobFor(encoding(6, [3, 6]), options), jobFor(encoding(9, [3, 9]), options)];
  const other = encoding(6, [3, 6]);
  other.ids[0] = 99;
  assert.deepEqual([one.sharedTokens, two.sharedTokens], [3, 3]);
  assert.equal(one.group, two.group);
  assert.notEqual(one.group, jobFor(other, options).group);
  assert.notEqual(one.group, jobFor(encoding(6, [4, 6]), options).group);
});

Deno.test("bidirectional families share nothing", () => {
  const job = jobFor(encoding(6, [3, 6]), { needs: nothing, attention: "bidirectional" });
  assert.equal(job.sharedTokens, 0);
});

Deno.test("attention is cut into the completion's and the closing tokens'", () => {
  const example = encoding(6, [2, 4], { closing: [4, 6] });
  const output = {
    ...scored,
    measured: { attention: Float32Array.of(0.25, 0.125, 0.25, 0.125, 0.125, 0.125) },
  };
  const model = fakeModel();
  const inputs = creditInputsOf(output, {
    encoding: example,
    units: ownUnits(example),
    needs: attention,
    model,
  });
  assert.equal(inputs.score, 1.5);
  assert.deepEqual(inputs.attention, Float64Array.of(0.25, 0.125));
  assert.equal(inputs.closingAttention, 0.25);
  assert.equal(inputs.prefixScores, undefined);
});

Deno.test("an attribution is asked for by the method that needs it, at the pooled row", () => {
  const asked = (needs: Needs) => jobFor(encoding(6, [3, 5]), { needs, attention: "causal" }).query;
  assert.deepEqual([asked(attribution).measure, asked(attention).measure], [["gradient"], [
    "attention",
  ]]);
  assert.deepEqual([asked(attribution).pool, asked(attribution).rows], [[5], []]);
});

Deno.test("an attribution is cut into the completion's and the closing tokens'", () => {
  const example = encoding(6, [2, 4], { closing: [4, 6] });
  const output = {
    ...scored,
    measured: { gradient: Float32Array.of(9, -9, 0.25, -0.5, -1, 3) },
  };
  const options = { encoding: example, units: ownUnits(example), needs: attribution };
  const inputs = creditInputsOf(output, { ...options, model: fakeModel() });
  assert.equal(inputs.score, 1.5);
  assert.deepEqual(inputs.attribution, Float64Array.of(0.25, -0.5));
  assert.equal(inputs.closingAttribution, 2);
  assert.equal(inputs.attention, undefined);
});

Deno.test("prefix scores are told apart: the prompt's, each token's, the pooled one", () => {
  const example = encoding(6, [2, 4]);
  const output = {
    ...scored,
    logits: Float32Array.of(9),
    rowLogits: Float32Array.of(1, 2, 3),
  };
  const options = { encoding: example, units: ownUnits(example), needs: prefixes };
  const inputs = creditInputsOf(output, { ...options, model: fakeModel() });
  assert.equal(inputs.promptScore, 1);
  assert.deepEqual(inputs.prefixScores, Float64Array.of(2, 3));
  assert.equal(inputs.score, 9);
});

Deno.test("without a token before the completion the prompt scores 0", () => {
  const example = encoding(2, [0, 2]);
  const options = { encoding: example, units: ownUnits(example), needs: prefixes };
  const inputs = creditInputsOf({ ...scored, rowLogits: Float32Array.of(4, 5) }, {
    ...options,
    model: fakeModel(),
  });
  assert.equal(inputs.promptScore, 0);
  assert.deepEqual(inputs.prefixScores, Float64Array.of(4, 5));
});

Deno.test("rows of two labels are scored by the model's rule", () => {
  const example = encoding(2, [0, 2]);
  const options = { encoding: example, units: ownUnits(example), needs: prefixes };
  const model = fakeModel({ labels: 2 });
  const inputs = creditInputsOf({
    ...scored,
    logits: Float32Array.of(2, 8),
    rowLogits: Float32Array.of(1, 4, 2, 8),
  }, { ...options, model });
  assert.deepEqual(inputs.prefixScores, Float64Array.of(3, 6));
});

Deno.test("a logit that is not finite is a model failure", () => {
  const example = encoding(2, [0, 2]);
  const options = { encoding: example, units: ownUnits(example), needs: nothing };
  assert.throws(
    () =>
      creditInputsOf({ ...scored, logits: Float32Array.of(NaN) }, {
        ...options,
        model: fakeModel(),
      }),
    { kind: "model_failure" },
  );
});
