import assert from "node:assert/strict";
import { Batcher } from "../../../src/batch/batcher.ts";
import { loadModel, type LoadOptions } from "../../../src/model/load_model.ts";
import { createScorer, type Scorer } from "../../../src/scorer/scorer.ts";
import { assertClose } from "../../support/golden_model.ts";
import { goldenOnnx, readOnnxTexts } from "../../support/golden_onnx.ts";
import { slow } from "../../support/slow.ts";
import { testWhere } from "../../support/test_where.ts";

/** Every prebuilt golden model, and what is found out about it. */
const models = {
  bert: { attention: "bidirectional", pooling: "first" },
  bloom: { attention: "causal", pooling: { lastNot: 0 } },
  distilbert: { attention: "bidirectional", pooling: "first" },
  gpt2: { attention: "causal", pooling: { lastNot: 0 } },
  llama: { attention: "causal", pooling: { lastNot: 0 } },
  mpnet: { attention: "bidirectional", pooling: "first" },
  roberta: { attention: "bidirectional", pooling: "first" },
} as const;

async function scorerOf(name: string, options: LoadOptions = {}) {
  const model = await loadModel(goldenOnnx(name), { device: "cpu", threads: 1, ...options });
  return { model, scorer: createScorer(model, new Batcher(model.engine)) };
}

async function scoreTexts(scorer: Scorer, name: string, method: string) {
  const samples = (await readOnnxTexts(name)).map(({ prompt, completion }) => ({
    kind: "plain" as const,
    prompt,
    completion,
  }));
  const credit = { method, beta: 1 };
  return (await scorer.score({ samples, credit, truncation: "none" })).completions;
}

/** Models of every exporter, and of families with a page and without one, are looked at every day. */
const everyDay = ["bert", "bloom", "llama"];

for (const [name, { attention, pooling }] of Object.entries(models)) {
  const missing = everyDay.includes(name) ? undefined : slow;
  const test = (what: string, fn: () => Promise<void>) =>
    testWhere({ name: `${name}: ${what}`, missing, fn });

  test("logits and attention are those of transformers, alone and together", async () => {
    const { model } = await scorerOf(name);
    await using _model = model;
    assert.deepEqual([model.attention, model.pooling], [attention, pooling]);
    const texts = await readOnnxTexts(name);
    const queries = texts.map(({ ids, types, read_at }) => ({
      ids: Int32Array.from(ids),
      ...(types === undefined ? {} : { types: Int32Array.from(types) }),
      pool: [read_at],
      rows: [],
      measure: ["attention" as const],
    }));
    const together = await model.engine.run(queries);
    for (const [i, { logits, attention }] of texts.entries()) {
      const { outputs: [alone] } = await model.engine.run([queries[i]!]);
      for (const output of [alone!, together.outputs[i]!]) {
        assertClose(output.logits, logits, { tolerance: 1e-4, what: "logits" });
        assertClose(output.measured.attention!, attention, { tolerance: 1e-4, what: "attention" });
      }
    }
  });

  test("abc pays what transformers' attention says", async () => {
    const { model, scorer } = await scorerOf(name);
    await using _model = model;
    const texts = await readOnnxTexts(name);
    const completions = await scoreTexts(scorer, name, "abc");
    for (
      const [i, { shares, offsets, logits: [first = NaN, second], read_at }] of texts.entries()
    ) {
      const found = completions[i]!;
      const score = second === undefined ? first : second - first;
      assertClose([found.score], [score], { tolerance: 1e-4, what: "score" });
      assert.deepEqual(found.offsets, offsets);
      assertClose(found.shares!, shares, { tolerance: 1e-4, what: "shares" });
      assert.equal(found.readAt?.position, read_at);
    }
  });
}

Deno.test("uniform, terminal and occlusion need nothing but scores; what needs more is refused by name", async () => {
  const { model, scorer } = await scorerOf("bert");
  await using _model = model;
  for (const method of ["uniform", "terminal", "occlusion"]) {
    assert.equal((await scoreTexts(scorer, "bert", method)).length, 6);
  }
  for (const method of ["gradient", "integrated", "rollout"]) {
    await assert.rejects(scoreTexts(scorer, "bert", method), {
      kind: "invalid_request",
      path: "credit.method",
      message: new RegExp(`^Cannot assign credit as '${method}' needs .*: received .*model\\.onnx`),
    });
  }
});

Deno.test("a graph of float16 computes in it, and its logits come out as float32", async () => {
  const { model } = await scorerOf("bert-half");
  await using _model = model;
  assert.equal(model.engine.facts.dtype, "float16");
  for (const { ids, types = [], logits, attention } of await readOnnxTexts("bert-half")) {
    const query = { ids: Int32Array.from(ids), types: Int32Array.from(types), pool: [0], rows: [] };
    const { outputs: [found] } = await model.engine.run([{ ...query, measure: ["attention"] }]);
    assertClose(found!.logits, logits, { tolerance: 1e-2, what: "logits" });
    assertClose(found!.measured.attention!, attention, { tolerance: 2e-3, what: "attention" });
  }
});

Deno.test("where attention is computed as a whole, abc is refused by the operator, and scores are right", async () => {
  const { model, scorer } = await scorerOf("bert-fused");
  await using _model = model;
  assert.equal(model.pooling, "graph");
  const texts = await readOnnxTexts("bert-fused");
  const completions = await scoreTexts(scorer, "bert-fused", "uniform");
  for (const [i, { score, readAt }] of completions.entries()) {
    assertClose([score], texts[i]!.logits, { tolerance: 1e-4, what: "score" });
    assert.equal(readAt, undefined);
  }
  await assert.rejects(scoreTexts(scorer, "bert-fused", "abc"), {
    kind: "invalid_request",
    message:
      /^Cannot assign credit as 'abc' needs the last layer's attention: received .*model\.onnx \(it computes attention as a whole, by the operator Attention\)$/,
  });
});

Deno.test("what the graph has fixed cannot be asked otherwise", async () => {
  for (
    const asked of [{ poolAt: "last" }, { dtype: "float16" }, {
      architecture: "GPT2Model",
    }] as const
  ) {
    await assert.rejects(scorerOf("bert", asked), { kind: "bad_usage" });
  }
});
