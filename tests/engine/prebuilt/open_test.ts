import assert from "node:assert/strict";
import { join } from "node:path";
import { openPrebuiltEngine } from "../../../src/engine/prebuilt/open.ts";
import { PrebuiltEngine } from "../../../src/engine/prebuilt/prebuilt_engine.ts";
import { readPrebuiltGraph } from "../../../src/prebuilt/prebuilt_graph.ts";
import { goldenOnnx, openGoldenOnnx } from "../../support/golden_onnx.ts";
import { graphOf, valueOf, writtenModel } from "../../prebuilt/written.ts";

const bert = join(goldenOnnx("bert"), "model.onnx");
const dimensions = { hidden: 8, heads: 2, vocabulary: 101, labels: 1 };
const padding = { id: 0, type: 0, side: "right" } as const;
const common = { padding, padId: 0, dtype: "float32", device: "cpu", threads: 1 } as const;

Deno.test("an engine says where it runs, and refuses what its graph does not give", async () => {
  const { engine, findings, missing } = await openGoldenOnnx(goldenOnnx("bert"));
  await using _engine = engine;
  assert.ok(engine instanceof PrebuiltEngine);
  assert.equal(missing, undefined);
  assert.deepEqual(findings, { company: "padded", attention: "bidirectional", pooling: "first" });
  assert.deepEqual(engine.facts, { device: "cpu", dtype: "float32", threads: 1, onDevice: 1 });
  const query = { ids: Int32Array.of(5), pool: [0], rows: [], measure: [] };
  await assert.rejects(engine.run([{ ...query, rows: [0] }]), /for rows/);
  await assert.rejects(engine.run([{ ...query, measure: ["rollout"] }]), /for rollout/);
});

Deno.test("a head of another number of labels than config.json has is refused", async () => {
  const graph = await readPrebuiltGraph(bert);
  await assert.rejects(
    openPrebuiltEngine(graph, { ...common, dimensions: { ...dimensions, labels: 3 } }),
    { kind: "bad_model", message: /config\.json has 3 labels: received 1 logits/ },
  );
});

Deno.test("a vocabulary that the graph does not have is the fault of the directory", async () => {
  const graph = await readPrebuiltGraph(bert);
  await assert.rejects(
    openPrebuiltEngine(graph, { ...common, dimensions: { ...dimensions, vocabulary: 100_000 } }),
    { kind: "bad_model", message: /refuses it: received .*out of data bounds/ },
  );
});

Deno.test("a graph that onnxruntime refuses is the fault of its file", async () => {
  const values = { input: [valueOf("input_ids", 7)], output: [valueOf("logits", 1)] };
  const graph = graphOf("logits = NoSuchOperator(input_ids)", values);
  await using written = await writtenModel(graph as unknown as Record<string, unknown>);
  const read = await readPrebuiltGraph(written.path);
  await assert.rejects(openPrebuiltEngine(read, { ...common, dimensions }), {
    kind: "bad_model",
    message: /model\.onnx as onnxruntime refuses it: received .*NoSuchOperator/,
  });
});
