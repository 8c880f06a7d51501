import assert from "node:assert/strict";
import {
  type AttentionSpec,
  attentionWeights,
  hidden,
  type ScoredKeys,
} from "../../src/layers/attention.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, cast, less } from "../../src/onnx/ops.ts";
import type { Dtype, Value } from "../../src/onnx/value.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";
import { testGradients } from "../support/finite_differences.ts";

const spec: AttentionSpec = { heads: 1, kvHeads: 1, width: 1, scale: 1 };
const pairs = () => {
  throw new Error("nothing reads pairs where there is no bias");
};

/** The weights over two parts of keys, of which the row sees two and one. */
async function weigh(
  [first, second]: readonly [number[], number[]],
  { dtype = "float32", ...changed }: Partial<AttentionSpec> & { dtype?: Dtype } = {},
) {
  const graph = new Graph("case");
  const part = (name: string, { length }: number[], seen: number): ScoredKeys => {
    const data = Array.from({ length }, (_, i) => i);
    const columns = graph.constant({ dtype: "int32", shape: [length], data });
    const scores = cast(graph.input(name, "float32", [1, length]), dtype);
    return { scores, mask: hidden(less(columns, seen)), pairs };
  };
  const parts = [part("first", first, 2), part("second", second, 1)];
  const found = attentionWeights(parts, { ...spec, ...changed });
  assert.equal(found.dtype, dtype);
  graph.output("weights", cast(found, "float32"));
  const feed = (data: number[]) => ({ dims: [1, data.length], data });
  const { weights } = await runGraph(graph, { first: feed(first), second: feed(second) });
  return weights!;
}

const softmax = (scores: number[]) => {
  const powers = scores.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, each) => sum + each, 0));
};

Deno.test("parts share one softmax, and what is hidden has no weight", async () => {
  const [a, b, c] = softmax([1, 2, 0.5]);
  assertNear(await weigh([[1, 2, 9], [0.5, 9]]), plain([[a!, b!, 0, c!, 0]]));
});

Deno.test("a score that is far higher than those seen stays hidden", async () => {
  assert.deepEqual(
    (await weigh([[-1e8, -1e8, 1e8], [-1e8, 1e8]])).data,
    [1, 1, 0, 1, 0].map((
      weight,
    ) => Math.fround(weight / 3)),
  );
});

Deno.test("a soft cap limits scores, and masked ones stay out of its reach", async () => {
  const capped = (score: number) => 3 * Math.tanh(score / 3);
  const [a, b, c] = softmax([1, 20, -50].map(capped));
  assertNear(
    await weigh([[1, 20, 9], [-50, 9]], { softcap: 3 }),
    plain([[a!, b!, 0, c!, 0]]),
  );
});

Deno.test("half precision is added up in float32 and hides what float32 hides", async () => {
  const scores = [[-60_000, -60_000, 60_000], [-60_000, 60_000]] as const;
  const { data } = await weigh([[...scores[0]], [...scores[1]]], { dtype: "float16" });
  assertNear({ dims: [5], data }, plain([1 / 3, 1 / 3, 0, 1 / 3, 0]), { tolerance: 1e-3 });
});

Deno.test("attention without cap and bias is a mask and a softmax", () => {
  const graph = new Graph("case");
  const scores = graph.input("scores", "float32", [2, 3]);
  const mask = graph.input("mask", "float32", [3]);
  attentionWeights([{ scores, mask, pairs }], spec);
  assert.deepEqual(graph.nodes.map(({ op }) => op), ["Add", "Softmax"]);
  const further = new Graph("further");
  const seen = further.input("scores", "float32", [2, 3]);
  attentionWeights([{ scores: seen, pairs }, { scores: seen, pairs }], spec);
  assert.deepEqual(further.nodes.map(({ op }) => op), ["Concat", "Softmax"]);
});

Deno.test("no keys are refused", () => {
  assert.throws(() => attentionWeights([], spec), {
    name: "TypeError",
    message: "Cannot attend to no keys",
  });
});

const dims = [2, 3];
const feed = {
  scores: { dims, data: [0.5, -1.2, 2.2, 4, -3, 0.1] },
  extra: { dims, data: [0.3, 0.2, -1, 0.7, 0.4, -0.6] },
};
const weights = (scores: Value, changed: Partial<AttentionSpec>, bias?: Value) => {
  const added = bias && { bias: { scores: () => bias } };
  return attentionWeights([{ scores, pairs: () => ({}) as never }], {
    ...spec,
    ...changed,
    ...added,
  });
};

testGradients([
  {
    name: "the derivative of weights with a soft cap",
    feed: { scores: feed.scores },
    build: ({ scores }) => weights(scores!, { softcap: 2 }),
  },
  {
    name: "the derivative of weights with a soft cap and a bias",
    feed,
    build: ({ scores, extra }) => weights(scores!, { softcap: 2 }, add(extra!, 1)),
  },
]);
