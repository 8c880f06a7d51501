import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe, type Value } from "../../../src/onnx/value.ts";
import {
  draw,
  forbid,
  restrict,
  type SamplingRule,
} from "../../../src/ppo/graphs/token_sampling.ts";
import { runGraph } from "../../onnx/run_graph.ts";
import { uniforms } from "../golden_policy.ts";
import {
  assertDrawnFrom,
  boundaries,
  drawnBy,
  probabilitiesOf,
  ruledProbabilities,
} from "./sampling_reference.ts";

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

/** The result of a function of `[rows, width]`, in rows. */
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
  Deno.test(`top-k ${rule.topK} and top-p ${rule.topP} keep the tokens that a reference in plain numbers keeps`, async () => {
    const before = logitRows.map(probabilitiesOf);
    const after = await rowsOf(before, (probabilities) => restrict(probabilities, rule));
    let compared = 0;
    for (const [i, row] of after.entries()) {
      if (isClose(before[i]!, rule)) continue;
      compared++;
      const kept = ruledProbabilities(logitRows[i]!, rule).map((each) => each > 0);
      const expected = before[i]!.map((each, id) => kept[id] ? Math.fround(each) : 0);
      assert.deepEqual(row, expected, `row ${i}: nothing is rescaled`);
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

Deno.test("a rule that keeps all tokens adds no node", () => {
  const graph = new Graph("case");
  const probabilities = graph.input("probabilities", "float32", [2, VOCABULARY]);
  for (const topK of [0, VOCABULARY, VOCABULARY + 5]) {
    assert.equal(restrict(probabilities, { ...free, topK }), probabilities);
  }
  assert.equal(forbid(probabilities, graph.input("early", "float32", [2, 1]), []), probabilities);
});

Deno.test("tokens that tie with the last one kept are kept too", async () => {
  const row = [0.05, 0.3, 0.05, 0.3, 0.3];
  const kept = [0, 0.3, 0, 0.3, 0.3].map(Math.fround);
  for (const rule of [{ ...free, topK: 2 }, { ...free, topP: 0.5 }]) {
    assert.deepEqual(await rowsOf([row], (each) => restrict(each, rule)), [kept]);
  }
});

Deno.test("top-p is relative to the sum that is left after some tokens were forbidden", async () => {
  const row = [0, 0.1, 0.08, 0.02, 0]; // 0.8 went
  const found = await rowsOf([row], (each) => restrict(each, { ...free, topP: 0.6 }));
  assert.deepEqual(found, [[0, 0.1, 0.08, 0, 0].map(Math.fround)]);
});

Deno.test("tokens are forbidden in early rows only, and other probabilities stay", async () => {
  const row = [0.1, 0.2, 0.3, 0.4].map(Math.fround);
  const found = await rowsOf([row, row, row], (probabilities, graph) => {
    const early = graph.constant({ dtype: "float32", shape: [3, 1], data: [0, 1, 0] });
    return forbid(probabilities, early, [3, 1]);
  });
  assert.deepEqual(found, [row, [row[0], 0, row[2], 0], row]);
});

Deno.test("a token that is listed twice is forbidden once", async () => {
  const row = [0.25, 0.75];
  const found = await rowsOf([row], (probabilities, graph) => {
    const early = graph.constant({ dtype: "float32", shape: [1, 1], data: [1] });
    return forbid(probabilities, early, [1, 1]);
  });
  assert.deepEqual(found, [[0.25, 0]]);
});

const SMALLEST = 0;
const LARGEST = 1 - 2 ** -23;

/** Entries drawn from rows of weights. */
async function draws(
  rows: readonly (readonly number[])[],
  uniform: readonly number[],
): Promise<readonly number[]> {
  const graph = new Graph("draw");
  const [count, width] = [rows.length, rows[0]!.length];
  const weights = graph.input("weights", "float32", [count, width]);
  const tokens = draw(weights, graph.input("uniform", "float32", [count, 1]));
  assert.equal(describe(tokens), `int32[${count}, 1]`);
  graph.output("tokens", tokens);
  const results = await runGraph(graph, {
    weights: { dims: [count, width], data: rows.flat() },
    uniform: { dims: [count, 1], data: uniform },
  });
  return results["tokens"]!.data;
}

/** Uneven weights, a third of which are 0. */
function weightsOf(width: number, seed: number): number[] {
  return uniforms(width, seed).map((each) => Math.fround(Math.max(0, each - 1 / 3) ** 2));
}

// Widths that fill their blocks, that do not, and that are one block or one entry.
for (const width of [1, 2, 3, 12, 13, 96, 1000]) {
  Deno.test(`of ${width} entries, each uniform number draws the entry that a reference draws`, async () => {
    const count = 200;
    const rows = Array.from({ length: count }, (_, i) => {
      const row = weightsOf(width, i);
      return row.some((each) => each > 0) ? row : row.fill(1);
    });
    const uniform = uniforms(count, 1234);
    const found = await draws(rows, uniform);
    let compared = 0;
    for (const [i, row] of rows.entries()) {
      const total = row.reduce((sum, each) => sum + each, 0);
      const parts = row.map((each) => each / total);
      assert.ok(row[found[i]!]! > 0, `row ${i} drew an entry of weight 0`);
      // Float32 may round a sum to the other side of a number that is as close as this.
      if (boundaries(parts).some((edge) => Math.abs(edge - uniform[i]!) < 2e-6)) continue;
      assert.equal(found[i], drawnBy(uniform[i]!, parts), `row ${i}`);
      compared++;
    }
    assert.ok(compared > 0.9 * count, "hardly any row is left out");
  });

  Deno.test(`of ${width} entries, the smallest and largest uniform numbers draw the first and last of weight above 0`, async () => {
    for (let only = 0; only < width; only += Math.ceil(width / 20)) {
      const row = Array.from({ length: width }, (_, id) => id === only ? 0.3 : 0);
      assert.deepEqual(await draws([row, row], [SMALLEST, LARGEST]), [only, only]);
    }
    const row = weightsOf(width, 77).with(0, 0).with(-1, 0).with(Math.floor(width / 2), 1);
    const found = await draws([row, row], [SMALLEST, LARGEST]);
    const heavy = (each: number) => each > 0;
    assert.deepEqual(found, [row.findIndex(heavy), row.findLastIndex(heavy)]);
  });
}

Deno.test("many draws follow the distribution of the weights, whatever their sum", async () => {
  const probabilities = probabilitiesOf(uniforms(40, 3).map((each) => 6 * each)).with(7, 0);
  const total = probabilities.reduce((sum, each) => sum + each, 0);
  const weights = probabilities.map((each) => 0.01 * each);
  const count = 20_000;
  const found = await draws(Array.from({ length: count }, () => weights), uniforms(count, 4));
  assertDrawnFrom(found, probabilities.map((each) => each / total));
});

Deno.test("rounding in a sum never draws an entry of weight 0", async () => {
  const row = [
    ...Array.from({ length: 50_000 }, (_, i) => (1 + i % 7) * 1e-6),
    ...Array(300).fill(0),
  ];
  const found = await draws([row, row], [LARGEST, 1 - 2 ** -12]);
  assert.ok(found.every((each) => each < 50_000), `drew ${found}`);
  assert.ok(found[0]! > 49_900 && found[1]! < found[0]!, `drew ${found}`);
});

Deno.test("a dim of unknown size is an error", () => {
  const graph = new Graph("case");
  const [wide, long] = [
    graph.input("wide", "float32", [2, "vocabulary"]),
    graph.input("long", "float32", ["rows", 4]),
  ];
  for (const rule of [{ ...free, topK: 2 }, { ...free, topP: 0.5 }]) {
    assert.throws(() => restrict(wide, rule), TypeError);
  }
  const early = graph.input("early", "float32", ["rows", 1]);
  assert.throws(() => forbid(long, early, [1]), TypeError);
  const uniform = graph.input("uniform", "float32", [2, 1]);
  for (const weights of [wide, long]) assert.throws(() => draw(weights, uniform), TypeError);
});
