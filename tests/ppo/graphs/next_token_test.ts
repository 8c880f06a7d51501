import assert from "node:assert/strict";
import type { LanguageModel } from "../../../src/architectures/language_model.ts";
import { Parameters } from "../../../src/layers/parameters.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { gemm, mul } from "../../../src/onnx/ops.ts";
import { nextToken } from "../../../src/ppo/graphs/next_token.ts";
import { assertNear, plain, runGraph } from "../../onnx/run_graph.ts";

/** A head for four tokens over two columns. */
const weight = [[1, 0], [0, 1], [-1, 0.5], [2, -1]];

/** The hidden states of three sequences. */
const hidden = [[1, 2], [0.5, -1], [3, 0]];

/** The next tokens of the three: sampled by `uniform`, or forced. */
async function written(
  { forced, early = [0, 0, 0], uniform, temperature = 1, eosIds = [3], masked = false }: {
    forced: readonly number[];
    early?: readonly number[];
    uniform: readonly number[];
    temperature?: number;
    eosIds?: readonly number[];
    masked?: boolean;
  },
) {
  const graph = new Graph("case");
  const values = graph.constant({ dtype: "float32", shape: [4, 2], data: weight.flat() });
  const model = {
    logits: (rows, _at, temperature = 1) =>
      mul(gemm(rows, values, { transposeB: true }), 1 / temperature),
  } as Pick<LanguageModel, "logits"> as LanguageModel;
  const at = new Parameters({
    has: () => false,
    take: () => values,
    linear: () => values,
    rows: () => values,
  });
  const rule = { temperature, topK: 0, topP: 1 };
  const { tokens, logProbs, ended } = nextToken(
    graph.input("hidden", "float32", [3, 2]),
    { model, at, rule, eosIds, masked },
    {
      forced: graph.input("forced", "int32", [3, 1]),
      early: graph.input("early", "float32", [3, 1]),
      uniform: graph.input("uniform", "float32", [3, 1]),
    },
  );
  graph.output("next", tokens);
  graph.output("log_probs", logProbs);
  graph.output("ended", ended);
  const column = (numbers: readonly number[]) => numbers.map((number) => [number]);
  return await runGraph(graph, {
    hidden: plain(hidden),
    forced: plain(column(forced), "int32"),
    early: plain(column(early)),
    uniform: plain(column(uniform)),
  });
}

/** `softmax(hidden . weight / temperature)` of each sequence. */
function probabilities(temperature = 1): number[][] {
  return hidden.map((row) => {
    const raised = weight.map((each) =>
      Math.exp((each[0]! * row[0]! + each[1]! * row[1]!) / temperature)
    );
    const total = raised.reduce((a, b) => a + b, 0);
    return raised.map((each) => each / total);
  });
}

Deno.test("forced tokens are returned, and others are sampled", async () => {
  // 0 samples the first token, and a number close to 1 the last.
  const { next, ended, log_probs } = await written({ forced: [-1, 2, -1], uniform: [0, 0, 0.999] });
  assert.deepEqual(next!.data, [0, 2, 3]);
  assert.deepEqual(ended!.data, [0, 0, 1]);
  const p = probabilities();
  const expected = [p[0]![0]!, p[1]![2]!, p[2]![3]!].map(Math.log);
  assertNear(log_probs!, { dims: [3], data: expected }, { tolerance: 1e-5 });
});

Deno.test("a forced token never ends a sequence, even if it is EOS", async () => {
  const { ended } = await written({ forced: [3, 3, 1], uniform: [0, 0, 0] });
  assert.deepEqual(ended!.data, [0, 0, 0]);
});

Deno.test("where EOS is not allowed others are sampled, and log-probabilities still count it", async () => {
  const all = { forced: [-1, -1, -1], uniform: [0.999, 0.999, 0.999] };
  const { next, log_probs, ended } = await written({ ...all, early: [1, 0, 1] });
  assert.deepEqual(next!.data, [2, 3, 2]);
  assert.deepEqual(ended!.data, [0, 1, 0]);
  const p = probabilities();
  const expected = [p[0]![2]!, p[1]![3]!, p[2]![2]!].map(Math.log);
  assertNear(log_probs!, { dims: [3], data: expected }, { tolerance: 1e-5 });
});

Deno.test("if EOS is masked, log-probabilities are those of the tokens that could be sampled", async () => {
  const all = { forced: [-1, -1, -1], uniform: [0.999, 0.999, 0.999], masked: true };
  const { next, log_probs, ended } = await written({ ...all, early: [1, 0, 1] });
  assert.deepEqual(next!.data, [2, 3, 2]);
  assert.deepEqual(ended!.data, [0, 1, 0]);
  const p = probabilities();
  const expected = [p[0]![2]! / (1 - p[0]![3]!), p[1]![3]!, p[2]![2]! / (1 - p[2]![3]!)];
  assertNear(log_probs!, { dims: [3], data: expected.map(Math.log) }, { tolerance: 1e-5 });
});

Deno.test("the temperature applies to sampling and to log-probabilities", async () => {
  const { log_probs } = await written({
    forced: [0, 1, 2],
    uniform: [0, 0, 0],
    temperature: 0.5,
  });
  const p = probabilities(0.5);
  const expected = [p[0]![0]!, p[1]![1]!, p[2]![2]!].map(Math.log);
  assertNear(log_probs!, { dims: [3], data: expected }, { tolerance: 1e-5 });
});

Deno.test("a policy without EOS never ends a sequence", async () => {
  const { ended } = await written({ forced: [-1, -1, -1], uniform: [0, 0.5, 0.999], eosIds: [] });
  assert.deepEqual(ended!.data, [0, 0, 0]);
});
