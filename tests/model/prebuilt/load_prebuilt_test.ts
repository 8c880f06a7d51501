import assert from "node:assert/strict";
import { Batcher } from "../../../src/batch/batcher.ts";
import { loadModel, type LoadOptions } from "../../../src/model/load_model.ts";
import { createScorer, type Scorer } from "../../../src/scorer/scorer.ts";
import { assertClose } from "../../support/golden_model.ts";
import { goldenOnnx, readOnnxTexts } from "../../support/golden_onnx.ts";

/** Every prebuilt golden model, and what is found out about it. */
const models = {
  bert: { attention: "bidirectional", pooling: "first" },
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

for (const [name, { attention, pooling }] of Object.entries(models)) {
  Deno.test(`${name}: logits and attention are those of transformers, alone and together`, async () => {
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

  Deno.test(`${name}: abc pays what transformers' attention says`, async () => {
    const { model, scorer } = await scorerOf(name);
    await using _model = model;
    const texts = await readOnnxTexts(name);
    const completions = await scoreTexts(scorer, name, "abc");
    for (const [i, { shares, offsets, logits: [score = NaN], read_at }] of texts.entries()) {
      const found = completions[i]!;
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
  for (const method of ["gradient", "rollout"]) {
    await assert.rejects(scoreTexts(scorer, "bert", method), {
      kind: "invalid_request",
      path: "credit.method",
      message: new RegExp(`^Cannot assign credit as '${method}' needs .*: received .*model\\.onnx`),
    });
  }
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
