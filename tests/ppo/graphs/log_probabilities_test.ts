import { Graph } from "../../../src/onnx/graph.ts";
import { logProbabilities } from "../../../src/ppo/graphs/log_probabilities.ts";
import { assertNear, runGraph } from "../../onnx/run_graph.ts";
import { uniforms } from "../golden_policy.ts";
import { probabilitiesOf } from "./sampling_reference.ts";

const VOCABULARY = 12;

Deno.test("log-probabilities are one token's of all logits, also where they lie far apart", async () => {
  const rows = [
    ...[1, 2, 3, 4].map((seed) => uniforms(VOCABULARY, seed).map((each) => 8 * each - 4)),
    Array.from({ length: VOCABULARY }, (_, id) => id === 3 ? 500 : 300),
    Array.from({ length: VOCABULARY }, () => -1000),
  ];
  const tokens = [0, 11, 5, 5, 2, 4];
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", [rows.length, VOCABULARY]);
  const chosen = graph.input("tokens", "int32", [rows.length, 1]);
  graph.output("found", logProbabilities(logits, chosen));
  const { found } = await runGraph(graph, {
    logits: { dims: [rows.length, VOCABULARY], data: rows.flat() },
    tokens: { dims: [rows.length, 1], data: tokens, dtype: "int32" },
  });
  const expected = rows.map((row, i) => Math.log(probabilitiesOf(row)[tokens[i]!]!));
  assertNear(found!, { dims: [rows.length, 1], data: expected });
});
