import assert from "node:assert/strict";
import { Graph } from "../../src/onnx/graph.ts";
import { fillUniform } from "../../src/ppo/random.ts";
import {
  drawToken,
  forbidEnd,
  logProbabilities,
  type SamplingRule,
} from "../../src/ppo/sampling_rule.ts";
import { assertNear, type Plain, runGraph } from "../onnx/run_graph.ts";
import { stream } from "./golden_policy.ts";
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
  free,
  { ...free, topK: 3 },
  { ...free, topK: 1 },
  { ...free, topK: VOCABULARY + 5 },
  { ...free, topP: 0.6 },
  { ...free, topP: 1e-6 },
  { ...free, topK: 5, topP: 0.8 },
];

/** Uniform numbers as the sampler is fed with them. */
function uniforms(count: number, seed: number): number[] {
  return [...fillUniform(stream(seed), new Float32Array(count))];
}

/** Rows of logits between -4 and 4. */
function logitRows(rows: number, seed: number): number[][] {
  const numbers = uniforms(rows * VOCABULARY, seed).map((each) => Math.fround(8 * each - 4));
  return Array.from(
    { length: rows },
    (_, i) => numbers.slice(i * VOCABULARY, (i + 1) * VOCABULARY),
  );
}

/** What is drawn from rows of logits. */
async function draws(
  logits: readonly (readonly number[])[],
  uniform: readonly number[],
  rule: SamplingRule,
): Promise<readonly number[]> {
  const graph = new Graph("draw");
  const rows = logits.length;
  const width = logits[0]!.length;
  const scores = graph.input("logits", "float32", [rows, width]);
  const numbers = graph.input("uniform", "float32", [rows, 1]);
  graph.output("tokens", drawToken(scores, { rule, uniform: numbers }));
  const { tokens } = await runGraph(graph, {
    logits: { dims: [rows, width], data: logits.flat() },
    uniform: { dims: [rows, 1], data: uniform },
  });
  assert.deepEqual([tokens!.dtype, tokens!.dims], ["int32", [rows, 1]]);
  return tokens!.data;
}

for (const rule of rules) {
  const name = `top-k ${rule.topK} and top-p ${rule.topP}`;
  Deno.test(`with ${name}, every number draws the token that it draws on paper`, async () => {
    const [logits, uniform] = [logitRows(300, 1), uniforms(300, 2)];
    const tokens = await draws(logits, uniform, rule);
    let compared = 0;
    for (const [i, row] of logits.entries()) {
      const probabilities = ruledProbabilities(row, rule);
      const edges = [...boundaries(probabilities), rule.topP];
      // Float32 may round a sum to the other side of a number that is as close as this.
      if (edges.some((edge) => Math.abs(edge - uniform[i]!) < 1e-6)) continue;
      assert.equal(tokens[i], drawnBy(uniform[i]!, probabilities), `row ${i}`);
      compared++;
    }
    assert.ok(compared > 290, "hardly any row is left out");
  });

  Deno.test(`with ${name}, many draws have the right distribution`, async () => {
    const [row] = logitRows(1, 3);
    const logits = Array.from({ length: 20_000 }, () => row!);
    const tokens = await draws(logits, uniforms(logits.length, 4), rule);
    assertDrawnFrom(tokens, ruledProbabilities(row!, rule));
  });
}

Deno.test("the smallest and the largest number draw no token of probability 0", async () => {
  const never = -1e30;
  const row = [never, never, 1, never, 2, never, never];
  const tokens = await draws([row, row], [0, 1 - 2 ** -23], free);
  assert.deepEqual(tokens, [2, 4]);
  for (const rule of [{ ...free, topK: 1 }, { ...free, topP: 0.5 }]) {
    assert.deepEqual(await draws([row, row], [0, 1 - 2 ** -23], rule), [4, 4]);
  }
});

Deno.test("a sum of probabilities that rounding leaves short of 1 draws no last token for it", async () => {
  // 4,000 tokens of about equal probability, and one behind them that has none.
  const row = [...Array.from({ length: 4000 }, (_, i) => (i % 7) * 1e-3), -1e30];
  assert.deepEqual(await draws([row], [1 - 2 ** -23], free), [3999]);
});

Deno.test("tokens that tie with the last of the likeliest stay with it", async () => {
  const row = [0, 3, 1, 3, 3];
  const tokens = await draws(
    Array.from({ length: 2000 }, () => row),
    uniforms(2000, 5),
    { ...free, topK: 2 },
  );
  assertDrawnFrom(tokens, [0, 1 / 3, 0, 1 / 3, 1 / 3]);
});

Deno.test("log-probabilities are those of all logits, far from 0 too", async () => {
  const rows = [
    ...logitRows(5, 6),
    Array.from({ length: VOCABULARY }, (_, i) => i === 3 ? 0 : -200),
  ];
  const tokens = [0, 11, 5, 5, 2, 4];
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", [6, VOCABULARY]);
  graph.output("found", logProbabilities(logits, graph.input("tokens", "int32", [6, 1])));
  const { found } = await runGraph(graph, {
    logits: { dims: [6, VOCABULARY], data: rows.flat() },
    tokens: { dims: [6, 1], data: tokens, dtype: "int32" },
  });
  const expected: Plain = {
    dims: [6, 1],
    data: rows.map((row, i) => Math.log(probabilitiesOf(row)[tokens[i]!]!)),
  };
  assertNear(found!, expected);
});

Deno.test("ends are forbidden where it is early, and all else stays as it is", async () => {
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", [2, 4]);
  graph.output("found", forbidEnd(logits, graph.input("early", "float32", [2, 1]), [1, 3]));
  const { found } = await runGraph(graph, {
    logits: { dims: [2, 4], data: [1, 2, 3, 4, 1, 2, 3, 4] },
    early: { dims: [2, 1], data: [0, 1] },
  });
  assert.deepEqual(found!.data.slice(0, 4), [1, 2, 3, 4]);
  const [first, second, third, fourth] = found!.data.slice(4);
  assert.deepEqual([first, third], [1, 3]);
  assert.ok(second! < -1e29 && fourth! < -1e29);
});

Deno.test("where nothing ends a sequence, nothing is forbidden", () => {
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", [2, 4]);
  assert.equal(forbidEnd(logits, graph.input("early", "float32", [2, 1]), []), logits);
});

Deno.test("a vocabulary of unknown size is a mistake", () => {
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", [2, "vocabulary"]);
  const uniform = graph.input("uniform", "float32", [2, 1]);
  assert.throws(() => drawToken(logits, { rule: free, uniform }), TypeError);
  assert.throws(() => forbidEnd(logits, uniform, [1]), TypeError);
});
