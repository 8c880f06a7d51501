import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import type { Value } from "../../../src/onnx/value.ts";
import {
  forbid,
  passed,
  restrict,
  type SamplingRule,
  vocabularyOf,
} from "../../../src/ppo/graphs/sampling_rule.ts";
import { runGraph } from "../../onnx/run_graph.ts";
import { uniforms } from "../golden_policy.ts";
import { probabilitiesOf, ruledProbabilities } from "./sampling_reference.ts";

const VOCABULARY = 12;
const free = { temperature: 1, topK: 0, topP: 1 };

const rules: readonly SamplingRule[] = [
  { ...free, topK: 3 },
  { ...free, topK: 1 },
  { ...free, topP: 0.6 },
  { ...free, topP: 0.95 },
  { ...free, topP: 1e-6 },
  { ...free, topK: 5, topP: 0.8 },
  { ...free, topK: 2, topP: 0.999 },
];

/** Rows of probabilities from logits between -4 and 4. */
const logitRows = Array.from({ length: 200 }, (_, i) => {
  return uniforms(VOCABULARY, i).map((each) => Math.fround(8 * each - 4));
});

/** What a function of `[rows, width]` gives, in rows. */
async function rowsOf(
  rows: readonly (readonly number[])[],
  build: (probabilities: Value, graph: Graph) => Value,
): Promise<number[][]> {
  const graph = new Graph("case");
  const dims = [rows.length, rows[0]!.length];
  graph.output("found", build(graph.input("probabilities", "float32", dims), graph));
  const { found } = await runGraph(graph, { probabilities: { dims, data: rows.flat() } });
  assert.deepEqual(found!.dims, dims);
  return rows.map((_, i) => found!.data.slice(i * dims[1]!, (i + 1) * dims[1]!));
}

for (const rule of rules) {
  Deno.test(`top-k ${rule.topK} and top-p ${rule.topP} leave the tokens that they leave on paper`, async () => {
    const before = logitRows.map(probabilitiesOf);
    const after = await rowsOf(before, (probabilities) => restrict(probabilities, rule));
    let compared = 0;
    for (const [i, row] of after.entries()) {
      if (isClose(before[i]!, rule)) continue;
      compared++;
      const kept = ruledProbabilities(logitRows[i]!, rule).map((each) => each > 0);
      const expected = before[i]!.map((each, id) => kept[id] ? Math.fround(each) : 0);
      assert.deepEqual(row, expected, `row ${i}: nothing is scaled up`);
    }
    assert.ok(compared > 190, "hardly any row is left out");
  });
}

/** Whether float32 may round a sum of the likeliest to the other side of the nucleus's edge. */
function isClose(probabilities: readonly number[], { topK, topP }: SamplingRule): boolean {
  const sorted = probabilities.toSorted((a, b) => b - a).slice(0, topK === 0 ? VOCABULARY : topK);
  const total = sorted.reduce((sum, each) => sum + each, 0);
  let mass = 0;
  return topP < 1 && sorted.some((each) => Math.abs((mass += each) / total - topP) < 1e-6);
}

Deno.test("a rule that leaves all tokens is no node at all", () => {
  const graph = new Graph("case");
  const probabilities = graph.input("probabilities", "float32", [2, VOCABULARY]);
  for (const topK of [0, VOCABULARY, VOCABULARY + 5]) {
    assert.equal(restrict(probabilities, { ...free, topK }), probabilities);
  }
  assert.equal(forbid(probabilities, graph.input("early", "float32", [2, 1]), []), probabilities);
});

Deno.test("tokens that tie with the last one to stay, stay too", async () => {
  const row = [0.05, 0.3, 0.05, 0.3, 0.3];
  const kept = [0, 0.3, 0, 0.3, 0.3].map(Math.fround);
  for (const rule of [{ ...free, topK: 2 }, { ...free, topP: 0.5 }]) {
    assert.deepEqual(await rowsOf([row], (each) => restrict(each, rule)), [kept]);
  }
});

Deno.test("the nucleus is a part of what is left, when some is forbidden already", async () => {
  const row = [0, 0.1, 0.08, 0.02, 0]; // 0.8 went
  const found = await rowsOf([row], (each) => restrict(each, { ...free, topP: 0.6 }));
  assert.deepEqual(found, [[0, 0.1, 0.08, 0, 0].map(Math.fround)]);
});

Deno.test("tokens are forbidden where it is early, and all else stays as it is", async () => {
  const row = [0.1, 0.2, 0.3, 0.4].map(Math.fround);
  const found = await rowsOf([row, row, row], (probabilities, graph) => {
    const early = graph.constant({ dtype: "float32", shape: [3, 1], data: [0, 1, 0] });
    return forbid(probabilities, early, [3, 1]);
  });
  assert.deepEqual(found, [row, [row[0], 0, row[2], 0], row]);
});

Deno.test("a token that is named twice is forbidden once", async () => {
  const row = [0.25, 0.75];
  const found = await rowsOf([row], (probabilities, graph) => {
    const early = graph.constant({ dtype: "float32", shape: [1, 1], data: [1] });
    return forbid(probabilities, early, [1, 1]);
  });
  assert.deepEqual(found, [[0.25, 0]]);
});

Deno.test("running sums are passed by where they are at most the target", async () => {
  const graph = new Graph("case");
  const reached = graph.input("reached", "float32", [3, 3]);
  graph.output("found", passed(reached, graph.input("target", "float32", [3, 1])));
  const { found } = await runGraph(graph, {
    reached: { dims: [3, 3], data: [0, 0.5, 1, 0, 0.5, 1, 0, 0.5, 1] },
    target: { dims: [3, 1], data: [0, 0.5, 0.75] },
  });
  assert.deepEqual(found, { dtype: "int32", dims: [3, 1], data: [1, 2, 2] });
});

Deno.test("what has no known size is a mistake", () => {
  const graph = new Graph("case");
  const [wide, long] = [
    graph.input("wide", "float32", [2, "vocabulary"]),
    graph.input("long", "float32", ["rows", 4]),
  ];
  assert.equal(vocabularyOf(long), 4);
  assert.throws(() => vocabularyOf(wide), TypeError);
  for (const rule of [{ ...free, topK: 2 }, { ...free, topP: 0.5 }]) {
    assert.throws(() => restrict(wide, rule), TypeError);
  }
  const early = graph.input("early", "float32", ["rows", 1]);
  assert.throws(() => forbid(long, early, [1]), TypeError);
});
