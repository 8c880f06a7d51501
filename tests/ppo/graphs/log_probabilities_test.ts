import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { reduceLogSumExp, softmax } from "../../../src/onnx/ops.ts";
import { logProbabilities, maskEos } from "../../../src/ppo/graphs/log_probabilities.ts";
import type { EngineState } from "../../../src/ppo/graphs/policy_engine.ts";
import { assertNear, plain, runGraph } from "../../onnx/run_graph.ts";
import { assertRowsNear, type OpenPolicy, openPolicy, stream, uniforms } from "../golden_policy.ts";
import { requests } from "../made_up_minibatch.ts";
import { probabilitiesOf } from "./sampling_reference.ts";

const VOCABULARY = 12;

Deno.test("log-probabilities are the chosen token's log softmax, also for logits that are far apart", async () => {
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

Deno.test("EOS is masked in early rows, and other rows are unchanged", async () => {
  const graph = new Graph("case");
  const logits = graph.input("logits", "float32", ["rows", 4]);
  const masked = maskEos(logits, graph.input("early", "float32", ["rows", 1]), [1, 3, 1]);
  graph.output("probabilities", softmax(masked));
  graph.output("normalizer", reduceLogSumExp(masked, [1]));
  const row = [0.5, 40, -1, 2];
  const { probabilities, normalizer } = await runGraph(graph, {
    logits: plain([row, row]),
    early: plain([[1], [0]]),
  });
  const others = Math.exp(0.5) + Math.exp(-1);
  assertRowsNear(
    [Float64Array.from(probabilities!.data, Number).subarray(0, 4)],
    [Float64Array.of(Math.exp(0.5) / others, 0, Math.exp(-1) / others, 0)],
    { tolerance: 1e-6, what: "probabilities" },
  );
  assertRowsNear(
    [Float64Array.from(normalizer!.data, Number)],
    [Float64Array.of(Math.log(others), 40)],
    { tolerance: 1e-5, what: "normalizer" },
  );
});

const bounded = requests.map((each) => ({ ...each, limits: { min: 4, max: 6 } }));
const policy = { whose: "policy" } as const;

for (const masked of [true, false]) {
  Deno.test(`sampler and evaluator agree where EOS is ${masked ? "masked" : "counted"}`, async () => {
    await using open = await openPolicy("gpt2", { masked });
    const written = await open.engine.sample(bounded, stream(3));
    const { logProbs } = await open.engine.evaluate(written, policy);
    const sampled = written.map((each) => each.logProbs);
    assertRowsNear(logProbs, sampled, { tolerance: 1e-4, what: "log-probabilities" });
    assert.ok(written.every(({ ids, promptLength }) => ids.length - promptLength >= 4));
  });
}

Deno.test("masking EOS raises the log-probabilities of the tokens before it was allowed", async () => {
  await using masked = await openPolicy("gpt2", { masked: true });
  await using counted = await openPolicy("gpt2");
  const written = await counted.engine.sample(bounded, stream(3));
  assert.deepEqual(
    (await masked.engine.sample(bounded, stream(3))).map(({ ids }) => ids),
    written.map(({ ids }) => ids),
  );
  const [theirs, ours] = [
    (await counted.engine.evaluate(written, policy)).logProbs,
    (await masked.engine.evaluate(written, policy)).logProbs,
  ];
  theirs.forEach((row, i) =>
    row.forEach((each, t) => {
      const other = ours[i]![t]!;
      assert.ok(t < 4 ? other > each : Math.abs(other - each) < 1e-6, `${t}: ${other}, ${each}`);
    })
  );
});

Deno.test("a policy that learns to want EOS is not rewarded for it if EOS is masked", async () => {
  const gaps = [];
  for (const masked of [true, false]) {
    await using open = await openPolicy("gpt2", { masked });
    const written = await open.engine.sample(bounded, stream(3));
    await open.engine.setState(wantingEos(open));
    const [now, reference] = [
      await open.engine.evaluate(written, policy),
      await open.engine.evaluate(written, { whose: "reference" }),
    ];
    // k1 of the tokens before which EOS was not allowed.
    const kl = written.map((_, i) =>
      now.logProbs[i]!.subarray(0, 4).reduce(
        (sum, each, t) => sum + each - reference.logProbs[i]![t]!,
        0,
      )
    );
    gaps.push(kl.reduce((a, b) => a + b, 0) / kl.length);
  }
  const [masked = NaN, counted = NaN] = gaps;
  assert.ok(counted < -2, `counted: ${counted}`);
  assert.ok(Math.abs(masked) < 0.5, `masked: ${masked}`);
});

/** The initial state with a larger embedding of EOS, which is also its row of the head. */
function wantingEos({ engine, policy: { eosIds }, start }: OpenPolicy): EngineState {
  const parameters = start.parameters.slice();
  const { offset, shape } = engine.layout.places.get("transformer.wte.weight")!;
  const width = shape[1]!;
  for (let i = 0; i < width; i++) parameters[offset + eosIds[0]! * width + i]! *= 4;
  return { ...start, parameters };
}
