import assert from "node:assert/strict";
import { attributed, sequenceOutputs } from "../../src/engine/sequence_outputs.ts";
import { tokenTree } from "../../src/tree/token_tree.ts";

const options = {
  sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
  tiles: { maxPairs: 100, pairsPerTile: 0 },
};
const queries = [
  { ids: Int32Array.of(1, 2, 3), rows: [0, 2], attention: true },
  { ids: Int32Array.of(1, 2, 4), rows: [2], attention: false },
];

/** Logits of two labels: ten times the row, and one more. */
function logitsOf(rows: number) {
  return {
    data: Float32Array.from({ length: rows * 2 }, (_, i) => 10 * (i >> 1) + i % 2),
    dims: [rows, 2],
  };
}

Deno.test("each query gets its own rows of logits and, where asked, its row of attention", () => {
  const tree = tokenTree(queries, options);
  const credit = { data: Float32Array.of(0.2, 0.3, 0.5, 0), dims: [1, 4] };
  const [first, second] = sequenceOutputs(queries, tree, { logits: logitsOf(3), credit });
  assert.deepEqual([...first!.logits], [0, 1, 10, 11]);
  assert.deepEqual([...first!.attention!], [...Float32Array.of(0.2, 0.3, 0.5)]);
  assert.deepEqual([...second!.logits], [20, 21]);
  assert.equal(second!.attention, undefined);
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`${bad} among the logits is an error that names the query`, () => {
    const tree = tokenTree(queries, options);
    const logits = logitsOf(3);
    logits.data[5] = bad;
    const credit = { data: Float32Array.of(0.2, 0.3, 0.5, 0), dims: [1, 4] };
    assert.throws(() => sequenceOutputs(queries, tree, { logits, credit }), {
      kind: "model_failure",
      path: "[1]",
      message: `Cannot use a score that is not finite: received ${bad}`,
    });
  });
}

Deno.test("attention that is not finite is an error as well", () => {
  const tree = tokenTree(queries, options);
  const credit = { data: Float32Array.of(0.2, NaN, 0.5, 0), dims: [1, 4] };
  assert.throws(() => sequenceOutputs(queries, tree, { logits: logitsOf(3), credit }), {
    path: "[0]",
  });
});

Deno.test("a output with its attribution is the same output", () => {
  const output = { logits: Float32Array.of(1), attention: Float32Array.of(0.5, 0.5) };
  const attribution = Float32Array.of(-2, 3);
  assert.deepEqual(attributed(output, attribution, 0), { ...output, attribution });
});

for (const bad of [NaN, Infinity, -Infinity]) {
  Deno.test(`${bad} among the gradients is an error that names the query`, () => {
    const output = { logits: Float32Array.of(1) };
    assert.throws(() => attributed(output, Float32Array.of(0, bad), 3), {
      kind: "model_failure",
      path: "[3]",
      message: `Cannot use a gradient that is not finite: received ${bad}`,
    });
  });
}
