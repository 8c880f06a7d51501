import assert from "node:assert/strict";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import * as ops from "../../src/onnx/ops.ts";
import { serialize } from "../../src/onnx/serialize.ts";
import type { Value } from "../../src/onnx/value.ts";
import {
  type Differentiated,
  indices,
  numbers,
  positives,
  testGradients,
} from "../support/finite_differences.ts";
import { runGraph } from "./run_graph.ts";

type Inputs = Readonly<Record<string, Value>>;

const [batch, length, width, vocabulary] = [2, 3, 4, 5];
const tokens = batch * length;

/** Heads of 2 columns: `[batch, heads, length, 2]`. */
function headed(x: Value): Value {
  return ops.transpose(ops.reshape(x, [batch, length, Number(x.dim(1)) / 2, 2]), [0, 2, 1, 3]);
}

/** Causal attention, with a mask by choice. */
function attention(q: Value, k: Value, v: Value): Value {
  const scores = ops.mul(ops.matmul(headed(q), ops.transpose(headed(k), [0, 1, 3, 2])), 0.7);
  const causal = ops.equal(
    q.graph.constant({ dtype: "int32", shape: [3, 3], data: [1, 0, 0, 1, 1, 0, 1, 1, 1] }),
    1,
  );
  const mixed = ops.matmul(ops.softmax(ops.where(causal, scores, -1e30)), headed(v));
  return ops.reshape(ops.transpose(mixed, [0, 2, 1, 3]), [tokens, width]);
}

/** A block as GPT-2 has it, its projections in one matrix, and the clipped ratio of PPO on its tied head. */
function gptLoss(at: Inputs): Value {
  const norm = (x: Value, name: string) =>
    ops.layerNormalization(x, at[`${name}.weight`]!, { bias: at[`${name}.bias`], epsilon: 0.01 });
  const linear = (x: Value, name: string) =>
    ops.gemm(x, at[`${name}.weight`]!, { bias: at[`${name}.bias`] });
  const positions = ops.expand(at["positions"]!, [batch, length, width]);
  const embedded = ops.gather(at["table"]!, at["ids"]!);
  let x = ops.add(embedded, ops.reshape(positions, [tokens, width]));
  const projected = linear(norm(x, "before"), "attention");
  const [q, k, v] = [0, 1, 2].map((i) =>
    ops.slice(projected, { axis: 1, start: i * width, end: (i + 1) * width })
  );
  x = ops.add(x, linear(attention(q!, k!, v!), "out"));
  x = ops.add(x, linear(ops.gelu(linear(norm(x, "after"), "up"), "tanh"), "down"));
  const logits = ops.gemm(norm(x, "last"), at["table"]!, { transposeB: true });
  const normalizer = ops.reduceLogSumExp(logits, [-1], { keep: true });
  const logprobs = ops.sub(ops.gatherElements(logits, at["targets"]!, 1), normalizer);
  const ratio = ops.exp(ops.sub(logprobs, at["old"]!));
  const clipped = ops.min(ops.max(ratio, 0.8), 1.2);
  const gain = ops.min(ops.mul(ratio, at["advantages"]!), ops.mul(clipped, at["advantages"]!));
  return ops.neg(ops.reduceMean(gain, [0, 1]));
}

/** A block as Llama has it: queries in kvHeads, rotations, gates. */
function llamaLoss(at: Inputs): Value {
  const norm = (x: Value, name: string) => ops.rmsNormalization(x, at[name]!, 0.01);
  const linear = (x: Value, name: string) => ops.gemm(x, at[name]!, { transposeB: true });
  const rotated = (x: Value, heads: number) => {
    const columns = Number(x.dim(1));
    const tables = { rows: at["rows"]!, cos: at["cos"]!, sin: at["sin"]! };
    const turned = ops.rotaryEmbedding(ops.reshape(x, [1, tokens, columns]), tables, { heads });
    return ops.reshape(turned, [tokens, columns]);
  };
  let x = ops.gather(at["table"]!, at["ids"]!);
  const inner = norm(x, "before");
  const keys = rotated(linear(inner, "k"), 1);
  const mixed = attention(
    rotated(linear(inner, "q"), 2),
    ops.concat([keys, keys], 1),
    ops.concat([linear(inner, "v"), linear(inner, "v")], 1),
  );
  x = ops.add(x, linear(mixed, "o"));
  const after = norm(x, "after");
  const gate = linear(after, "gate");
  const gated = ops.mul(ops.mul(gate, ops.sigmoid(gate)), linear(after, "up"));
  x = ops.add(x, linear(gated, "down"));
  const logits = linear(norm(x, "last"), "head");
  const values = ops.sub(linear(x, "value"), at["returns"]!);
  const probabilities = ops.softmax(logits);
  const entropy = ops.neg(ops.reduceSum(ops.mul(probabilities, ops.log(probabilities)), [-1]));
  return ops.sub(
    ops.mul(ops.reduceMean(ops.pow(values, 2), [0, 1]), 0.5),
    ops.reduceMean(entropy, [0]),
  );
}

const ids = indices([tokens], vocabulary, "int32");
const angles = numbers([tokens, 1], 9).data.map((x) => 3 * x);

const blocks: readonly Differentiated[] = [
  {
    name: "of every parameter of a block with layer norms and a tied head",
    wrt: [
      ...["table", "positions", "before", "attention", "out", "after", "up", "down", "last"],
    ].flatMap((name) =>
      name === "table" || name === "positions" ? [name] : [`${name}.weight`, `${name}.bias`]
    ),
    feed: {
      ids,
      targets: { ...indices([tokens, 1], vocabulary), data: [4, 0, 2, 2, 1, 3] },
      old: { dims: [tokens, 1], data: [-1.3, -1.9, -1.6, -1.4, -2.1, -1.7] },
      advantages: numbers([tokens, 1], 8),
      table: numbers([vocabulary, width]),
      positions: numbers([length, width], 2),
      "before.weight": positives([width], 3),
      "before.bias": numbers([width], 4),
      "attention.weight": numbers([width, 3 * width], 5),
      "attention.bias": numbers([3 * width], 6),
      "out.weight": numbers([width, width], 7),
      "out.bias": numbers([width], 8),
      "after.weight": positives([width], 9),
      "after.bias": numbers([width], 10),
      "up.weight": numbers([width, 6], 11),
      "up.bias": numbers([6], 12),
      "down.weight": numbers([6, width], 13),
      "down.bias": numbers([width], 14),
      "last.weight": positives([width], 15),
      "last.bias": numbers([width], 16),
    },
    build: gptLoss,
  },
  {
    name: "of every parameter of a block with rotations, grouped queries and gates",
    wrt: [
      ...["table", "before", "q", "k", "v", "o", "after"],
      ...["gate", "up", "down", "last", "head", "value"],
    ],
    feed: {
      ids,
      rows: { dims: [1, tokens], data: [0, 1, 2, 0, 1, 2], dtype: "int64" },
      cos: { dims: [tokens, 1], data: angles.map(Math.cos) },
      sin: { dims: [tokens, 1], data: angles.map(Math.sin) },
      returns: numbers([tokens, 1], 20),
      table: numbers([vocabulary, width]),
      before: positives([width], 3),
      q: numbers([width, width], 4),
      k: numbers([2, width], 5),
      v: numbers([2, width], 6),
      o: numbers([width, width], 7),
      after: positives([width], 8),
      gate: numbers([6, width], 9),
      up: numbers([6, width], 10),
      down: numbers([width, 6], 11),
      last: positives([width], 12),
      head: numbers([vocabulary, width], 13),
      value: numbers([1, width], 14),
    },
    build: llamaLoss,
  },
];

testGradients(blocks);

/** Operators that onnxruntime runs on WebGPU as on a CPU; Expand of int32 only. */
const portable = new Set([
  ...[
    "Add",
    "Cast",
    "Concat",
    "Div",
    "Equal",
    "Exp",
    "Expand",
    "GatherElements",
    "Gemm",
    "Greater",
  ],
  ...["LayerNormalization", "Less", "LessOrEqual", "MatMul", "Mul", "Neg", "Pad", "ReduceMean"],
  ...["ReduceSum", "Reshape", "RotaryEmbedding", "ScatterElements", "Sigmoid", "Slice", "Softmax"],
  ...["Sqrt", "Sub", "Transpose", "Where"],
]);

Deno.test("a block's gradients take portable operators only, and repeat no index of 64 bits", () => {
  for (const { build, feed, wrt = [] } of blocks) {
    const graph = new Graph("portable");
    const inputs = Object.fromEntries(
      Object.entries(feed).map(([name, { dims, dtype = "float32" }]) => {
        return [name, graph.input(name, dtype, dims)];
      }),
    );
    const loss = build(inputs, graph);
    const before = graph.nodes.length;
    gradients(loss, wrt.map((name) => inputs[name]!));
    const made = graph.nodes.slice(before);
    assert.deepEqual(made.map(({ op }) => op).filter((op) => !portable.has(op)), []);
    const repeated = made.filter(({ op }) => op === "Expand");
    assert.ok(repeated.every(({ inputs }) => inputs[0]!.dtype !== "int64"));
  }
});

Deno.test("the gradient by results of nodes stops there: parameters cut from one vector", async () => {
  const graph = new Graph("flat");
  const flat = graph.input("flat", "float32", [10]);
  const cut = (start: number, shape: readonly number[]) => {
    const end = start + shape.reduce((product, dim) => product * dim, 1);
    return ops.reshape(ops.slice(flat, { axis: 0, start, end }), shape);
  };
  const [weight, bias] = [cut(0, [4, 2]), cut(8, [2])];
  const x = graph.input("x", "float32", [3, 4]);
  const loss = ops.reduceSum(ops.tanh(ops.gemm(x, weight, { bias })), [0, 1]);
  const before = graph.nodes.length;
  const parts = gradients(loss, [weight, bias]);
  const made = graph.nodes.slice(before).map(({ op }) => op);
  assert.ok(!made.includes("Concat") && !made.includes("Pad"), made.join());
  const [whole] = gradients(loss, [flat]);
  graph.output("parts", ops.concat(parts.map((part) => ops.reshape(part, [{ rest: "n" }])), 0));
  graph.output("whole", whole!);
  graph.output("loss", loss);
  const found = await runGraph(graph, { flat: numbers([10]), x: numbers([3, 4], 2) });
  assert.deepEqual(found["parts"]!.data, found["whole"]!.data);
  assert.ok(found["whole"]!.data.every((each) => each !== 0));
});

Deno.test("through results of nodes the walk goes on to what stands before them", async () => {
  const graph = new Graph("chain");
  const x = graph.input("x", "float32", [2]);
  const square = ops.mul(x, x);
  const loss = ops.add(ops.mul(square, 3), x);
  gradients(loss, [x, square, loss, x]).forEach((each, i) => graph.output(`d${i}`, each));
  graph.output("loss", loss);
  const { d0, d1, d2, d3 } = await runGraph(graph, { x: { dims: [2], data: [2, -1] } });
  assert.deepEqual([d0!.data, d1!.data, d2!.data], [[13, -5], [3, 3], [1, 1]]);
  assert.deepEqual(d3, d0);
});

Deno.test("what the loss does not depend on gets zeros, in its shape and type", async () => {
  const graph = new Graph("apart");
  const x = graph.input("x", "float32", [2]);
  const aside = graph.input("aside", "float32", ["n", 3]);
  const index = ops.cast(ops.mul(x, 2), "int32");
  const loss = ops.cast(index, "float32");
  const [none, through] = gradients(loss, [aside, x]);
  graph.output("none", none!);
  graph.output("through", through!);
  graph.output("loss", loss);
  const found = await runGraph(graph, {
    x: { dims: [2], data: [2, 3] },
    aside: { dims: [2, 3], data: Array(6).fill(7) },
  });
  assert.deepEqual(found["none"], { dims: [2, 3], data: Array(6).fill(0), dtype: "float32" });
  assert.deepEqual(found["through"], { dims: [2], data: [0, 0], dtype: "float32" });
});

Deno.test("branches without what is differentiated by cost nothing and need no rule", () => {
  const graph = new Graph("branches");
  const [x, y] = [graph.input("x", "float32", [2]), graph.input("y", "float32", [2])];
  const [stacked] = ops.loop(graph.input("n", "int64", []), "loop", () => [ops.exp(y)]);
  const loss = ops.mul(x, ops.reduceSum(stacked!, [0]));
  ops.exp(x); // not on the way to the loss
  const before = graph.nodes.length;
  gradients(loss, [x]);
  assert.deepEqual(graph.nodes.slice(before).map(({ op }) => op), []);
});

Deno.test("values held fixed are constants", async () => {
  const graph = new Graph("fixed");
  const x = graph.input("x", "float32", [3]);
  const largest = ops.reduceMax(x, [0], { keep: true });
  const normalizer = ops.add(
    largest,
    ops.log(ops.reduceSum(ops.exp(ops.sub(x, largest)), [0], { keep: true })),
  );
  const before = graph.nodes.length;
  const [gradient] = gradients(normalizer, [x], { fixed: [largest] });
  const made = graph.nodes.slice(before).map(({ op }) => op);
  assert.ok(!made.includes("Equal"), made.join());
  graph.output("d", gradient!);
  graph.output("loss", normalizer);
  const { d } = await runGraph(graph, { x: { dims: [3], data: [0, Math.log(2), Math.log(5)] } });
  d!.data.forEach((each, i) => assert.ok(Math.abs(each - [1 / 8, 2 / 8, 5 / 8][i]!) < 1e-6));
});

Deno.test("an operator without a rule is named, and so is what it makes and from what", () => {
  const graph = new Graph("loop");
  const x = graph.input("x", "float32", [2]);
  const [stacked] = ops.loop(graph.input("n", "int64", []), "loop", () => [ops.exp(x)]);
  const node = graph.nodes.find(({ op }) => op === "Loop")!;
  assert.ok(node.outputs.includes(stacked!));
  assert.throws(() => gradients(stacked!, [x]), {
    name: "TypeError",
    message: new RegExp(
      `^Cannot differentiate Loop that makes ${
        stacked!.label
      } as there is no rule for it: received `,
    ),
  });
});

Deno.test("an input without a derivative is named", () => {
  const graph = new Graph("tables");
  const x = graph.input("x", "float32", [1, 2, 2]);
  const rows = graph.input("rows", "int64", [1, 2]);
  const [cos, sin] = [graph.input("cos", "float32", [2, 1]), graph.input("sin", "float32", [2, 1])];
  const loss = ops.rotaryEmbedding(x, { rows, cos, sin }, { heads: 1 });
  assert.throws(() => gradients(loss, [x, cos]), {
    name: "TypeError",
    message:
      "Cannot differentiate RotaryEmbedding that makes %0 as it has no derivative by its input 2: received float32[1, 2, 2], int64[1, 2], float32[2, 1], float32[2, 1]",
  });
});

Deno.test("by what stands outside a loop, a value within it is not differentiated", () => {
  const graph = new Graph("outside");
  const x = graph.input("x", "float32", [2]);
  const y = ops.exp(x); // the walk through the loop's body would not come by here
  ops.loop(graph.input("n", "int64", []), "loop", (turn) => {
    const loss = ops.mul(y, ops.cast(turn, "float32"));
    assert.throws(() => gradients(loss, [x]), {
      name: "TypeError",
      message:
        `Cannot differentiate ${loss.label} by x as they belong to different graphs: received "${loss.graph.name}" and "outside"`,
    });
    return [loss];
  });
});

Deno.test("integers cannot be differentiated, nor differentiated by", () => {
  const graph = new Graph("integers");
  const [x, n] = [graph.input("x", "float32", [2]), graph.input("n", "int32", [2])];
  const message =
    "Cannot differentiate with n as it does not hold floating-point numbers: received int32[2]";
  assert.throws(() => gradients(n, [x]), { name: "TypeError", message });
  assert.throws(() => gradients(x, [n]), { name: "TypeError", message });
});

Deno.test("gradients of a network are the same bit for bit, run after run on two threads", async () => {
  const [rows, columns, count] = [256, 64, 500];
  const graph = new Graph("network");
  const table = graph.input("table", "float32", [count, columns]);
  const weight = graph.input("weight", "float32", [columns, columns]);
  const ids = graph.input("ids", "int32", [rows]);
  const inner = ops.tanh(ops.gemm(ops.gather(table, ids), weight));
  const logits = ops.gemm(inner, table, { transposeB: true });
  const loss = ops.reduceMean(ops.reduceLogSumExp(logits, [-1]), [0]);
  gradients(loss, [table, weight]).forEach((each, i) => graph.output(`d${i}`, each));
  graph.output("loss", loss);
  const session = await InferenceSession.create(serialize(graph), { intraOpNumThreads: 2 });
  const tensor = (dims: number[]) =>
    new Tensor("float32", Float32Array.from(numbers(dims).data), dims);
  const feeds = {
    table: tensor([count, columns]),
    weight: tensor([columns, columns]),
    ids: new Tensor("int32", Int32Array.from({ length: rows }, (_, i) => i % 7), [rows]),
  };
  const run = async () => {
    const { d0, d1 } = await session.run(feeds);
    return [d0!.data, d1!.data];
  };
  const first = await run();
  for (let again = 0; again < 5; again++) assert.deepEqual(await run(), first);
  await session.release();
});
