import assert from "node:assert/strict";
import fc from "fast-check";
import { architectureOf } from "../../src/architectures/registry.ts";
import { openEngine } from "../../src/engine/open.ts";
import { scoringGraph } from "../../src/engine/passes/scoring.ts";
import type { AbacusError } from "../../src/errors.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { safetensors, type TestTensor } from "../support/checkpoint.ts";
import {
  assertClose,
  everyPosition,
  openGolden,
  pooledOnly,
  readGolden,
} from "../support/golden_model.ts";

/** Sequences over few ids, so that they often begin alike. */
const sequences = fc.array(
  fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 60 }),
  { minLength: 1, maxLength: 12 },
);

for (const name of ["llama", "llama-rope-dynamic", "gpt2"]) {
  Deno.test(`${name}: random batches answer as each of their sequences alone`, async () => {
    await using engine = (await openGolden(name, { eager: true })).engine;
    await fc.assert(
      fc.asyncProperty(sequences, async (batch) => {
        const { outputs } = await engine.run(batch.map(everyPosition));
        for (const [i, ids] of batch.entries()) {
          const { outputs: [alone] } = await engine.run([everyPosition(ids)]);
          assertClose(outputs[i]!.rowLogits, alone!.rowLogits, { tolerance: 1e-4, what: "logits" });
          const attention = { tolerance: 1e-4, what: "attention" };
          assertClose(outputs[i]!.measured.attention!, alone!.measured.attention!, attention);
        }
      }),
      { numRuns: 15 },
    );
  });
}

Deno.test("rows and attention are given as asked for, whatever the neighbours ask", async () => {
  await using engine = (await openGolden("llama")).engine;
  const ids = Int32Array.of(1, 5, 9, 7, 3);
  const { outputs } = await engine.run([
    { ids, pool: [4], rows: [0, 2], measure: [] },
    { ids, pool: [4], rows: [], measure: ["attention"] },
    { ids: ids.slice(0, 3), pool: [2], rows: [], measure: ["attention"] },
  ]);
  assert.equal(outputs[0]!.rowLogits.length, 2);
  assert.deepEqual(outputs[0]!.measured, {});
  assert.deepEqual(outputs[0]!.logits, outputs[1]!.logits);
  assert.equal(outputs[0]!.rowLogits[1], outputs[2]!.logits[0]);
  const sum = outputs[2]!.measured.attention!.reduce((total, weight) => total + weight, 0);
  assert.ok(Math.abs(sum - 1) < 1e-5);
});

Deno.test("a pooled position before the end sees nothing behind it", async () => {
  await using engine = (await openGolden("gpt2")).engine;
  const ids = Int32Array.of(1, 5, 9, 7, 3);
  const { outputs: [early] } = await engine.run([
    { ids, pool: [2], rows: [], measure: ["attention"] },
  ]);
  const { outputs: [cut] } = await engine.run([pooledOnly([1, 5, 9])]);
  assertClose(early!.logits, cut!.logits, { tolerance: 1e-5, what: "logits" });
  const [row, expected] = [early!.measured.attention!, cut!.measured.attention!];
  assertClose(row.subarray(0, 3), expected, { tolerance: 1e-5, what: "row" });
  assert.deepEqual([...row.subarray(3)], [0, 0]);
});

Deno.test("shared prompts are computed once", async () => {
  await using engine = (await openGolden("llama")).engine;
  const prompt = Array.from({ length: 60 }, (_, i) => 3 + i);
  const batch = Array.from({ length: 80 }, (_, i) => pooledOnly([...prompt, 3 + i, 7]));
  const { computedTokens } = await engine.run(batch);
  assert.equal(computedTokens, prompt.length + 2 * batch.length);
});

Deno.test("no query is no work", async () => {
  await using engine = (await openGolden("llama")).engine;
  assert.deepEqual(await engine.run([]), { outputs: [], computedTokens: 0, inferenceMs: 0 });
});

Deno.test("several runs at once each get their own answers", async () => {
  const { sequences } = await readGolden("gpt2");
  await using engine = (await openGolden("gpt2")).engine;
  const runs = await Promise.all(sequences.map(({ ids }) => engine.run([everyPosition(ids)])));
  for (const [i, { outputs }] of runs.entries()) {
    const what = { tolerance: 1e-4, what: `sequence ${i}` };
    assertClose(outputs[0]!.rowLogits, sequences[i]!.logits, what);
  }
});

Deno.test("a score that is not finite is an error that names its query", async () => {
  const { directory, config } = await poisonedModel();
  const architecture = architectureOf(config);
  const graph = scoringGraph(architecture, new Ledger(await openCheckpoint(directory)));
  await using engine = await openEngine(graph, { architecture, device: "cpu", threads: 1 });
  await assert.rejects(
    engine.run([pooledOnly([1, 2]), pooledOnly([1, 3])]),
    (error: AbacusError) => {
      assert.equal(error.kind, "model_failure");
      assert.equal(error.path, "[1]"); // token 3 has an infinite embedding
      assert.match(error.message, /not finite: received/);
      return true;
    },
  );
  await Deno.remove(directory, { recursive: true });
});

Deno.test("a closed engine refuses work instead of hanging", async () => {
  const { engine } = await openGolden("llama");
  const running = assert.rejects(engine.run([pooledOnly([1, 2, 3])]), /the engine is closed/);
  await engine[Symbol.asyncDispose]();
  await running;
  await assert.rejects(engine.run([pooledOnly([1])]), /the engine is closed/);
});

Deno.test("an id beyond the vocabulary is a failure of the model, and the engine goes on", async () => {
  await using engine = (await openGolden("llama")).engine;
  await assert.rejects(engine.run([pooledOnly([1, 100_000])]), { kind: "model_failure" });
  assert.equal((await engine.run([pooledOnly([1, 2])])).outputs.length, 1);
});

Deno.test("a graph with parts that no output needs is not opened", async () => {
  const graph = new Graph("idle");
  graph.output("y", neg(graph.input("x", "float32", [1])));
  graph.input("z", "float32", [1]);
  const architecture = architectureOf(smallConfig);
  await assert.rejects(
    openEngine(graph, { architecture, device: "cpu" }),
    /input z .* is not used/,
  );
});

const smallConfig = {
  architectures: ["GPT2ForSequenceClassification"],
  vocab_size: 4,
  n_embd: 2,
  n_layer: 1,
  n_head: 1,
  n_positions: 8,
  id2label: { "0": "reward" },
};

/** A GPT-2 whose token 3 is embedded at infinity. */
async function poisonedModel(): Promise<{ directory: string; config: unknown }> {
  const directory = await Deno.makeTempDir();
  const tensor = (name: string, ...shape: number[]): TestTensor => ({
    name,
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => 0.1 * (i % 5) - 0.2),
  });
  const embeddings = {
    ...tensor("transformer.wte.weight", 4, 2),
    data: [0, 1, 1, 0, 1, 1, Infinity, 0],
  };
  const block = (name: string, ...shape: number[]) => tensor(`transformer.h.0.${name}`, ...shape);
  const tensors = [
    embeddings,
    tensor("transformer.wpe.weight", 8, 2),
    ...["ln_1", "ln_2"].flatMap((each) => [block(`${each}.weight`, 2), block(`${each}.bias`, 2)]),
    block("attn.c_attn.weight", 2, 6),
    block("attn.c_attn.bias", 6),
    block("attn.c_proj.weight", 2, 2),
    block("attn.c_proj.bias", 2),
    block("mlp.c_fc.weight", 2, 8),
    block("mlp.c_fc.bias", 8),
    block("mlp.c_proj.weight", 8, 2),
    block("mlp.c_proj.bias", 2),
    tensor("transformer.ln_f.weight", 2),
    tensor("transformer.ln_f.bias", 2),
    tensor("score.weight", 1, 2),
  ];
  await Deno.writeFile(`${directory}/model.safetensors`, safetensors(tensors));
  return { directory, config: smallConfig };
}
