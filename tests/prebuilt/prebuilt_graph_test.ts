import assert from "node:assert/strict";
import { join } from "node:path";
import { decodeMessage } from "../../src/onnx/protobuf.ts";
import { added, opsetOf } from "../../src/prebuilt/expose_attention.ts";
import { nodesBefore, nodesBehind, viewOf } from "../../src/prebuilt/graph_view.ts";
import type { ModelMessage } from "../../src/prebuilt/messages.ts";
import { readPrebuiltGraph, sessionBytes } from "../../src/prebuilt/prebuilt_graph.ts";
import { printNodes } from "../../src/prebuilt/print_nodes.ts";
import { goldenOnnx } from "../support/golden_onnx.ts";
import { graphOf } from "./written.ts";

const path = join(goldenOnnx("bert"), "model.onnx");

Deno.test("a graph gives its attention where that is wanted, and is else what it was", async () => {
  const graph = await readPrebuiltGraph(path);
  const read = (exposed: boolean) =>
    decodeMessage("ModelProto", sessionBytes(graph, { exposed })) as unknown as ModelMessage;
  const namesOf = (values: ModelMessage["graph"]["input"]) => values.map(({ name }) => name);
  const plain = read(false).graph;
  assert.deepEqual(namesOf(plain.output), ["logits"]);
  assert.equal(plain.node.length, graph.model.graph.node.length);
  const exposed = read(true).graph;
  assert.deepEqual(namesOf(exposed.output), ["logits", added.attention]);
  const others = namesOf(exposed.input).slice(plain.input.length);
  assert.deepEqual(others, [added.rows, added.rowWeights, added.nudge]);
});

Deno.test("the operator set is that of ONNX's own operators", () => {
  const domains = [{ domain: "com.microsoft", version: 1 }, { version: 17 }];
  assert.equal(opsetOf({ opsetImport: domains }), 17);
  assert.equal(opsetOf({ opsetImport: [] }), 0);
});

Deno.test("a view walks back from values and on from them, through what it may", () => {
  const view = viewOf(graphOf("b = F(a)\n c = G(b)\n d = H(c, x)"));
  const of = (nodes: Set<number>) => [...nodes].toSorted();
  assert.deepEqual(of(nodesBefore(view, ["d"])), [0, 1, 2]);
  assert.deepEqual(of(nodesBefore(view, ["d"], { through: ({ opType }) => opType !== "G" })), [
    1,
    2,
  ]);
  assert.deepEqual(of(nodesBehind(view, ["b"])), [1, 2]);
  assert.deepEqual(of(nodesBehind(view, ["x"])), [2]);
});

Deno.test("nodes are printed one a line, their names clipped and escaped", async () => {
  const { model } = await readPrebuiltGraph(path);
  const lines = printNodes({ model }).trimEnd().split("\n");
  assert.equal(lines.length, model.graph.node.length);
  assert.ok(lines.some((line) => /^"\w+" = Softmax\("\w+"\)$/.test(line)));
  const odd = { ...model, graph: graphOf("\u001b[31m = F(a)") };
  assert.ok(!printNodes({ model: odd }).includes("\u001b"));
});
