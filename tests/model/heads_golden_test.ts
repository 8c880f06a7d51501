/** Language models that are read as reward models, held to transformers (tests/oracle/heads.py). */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Batcher } from "../../src/batch/batcher.ts";
import { methodsFor } from "../../src/credit/choice.ts";
import { openEngine } from "../../src/engine/open.ts";
import { ownPassGraph } from "../../src/engine/passes/own_pass.ts";
import { type Blueprint, ledgerOf, readBlueprint } from "../../src/model/blueprint.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { createScorer } from "../../src/scorer/scorer.ts";
import { decodeFloats } from "../../src/wire/floats.ts";
import type { RewardRequestInput } from "../../src/wire/request.ts";
import { completionsIn, scoreNative } from "../support/native_scorer.ts";
import { assertClose, everyPosition, pooledOnly } from "../support/golden_model.ts";

/** Rows are positions. */
interface GoldenHeads {
  readonly sequences: readonly number[][];
  readonly vocabulary: readonly { model: string; tokens: number[]; logits: number[][] }[];
  readonly value: readonly { model: string; values: number[][] }[];
}

const folder = fileURLToPath(new URL("../golden", import.meta.url));
const golden: GoldenHeads = JSON.parse(Deno.readTextFileSync(`${folder}/heads.json`));
const { sequences } = golden;

async function open(blueprint: Blueprint) {
  const { architecture, graph } = blueprint;
  const labelWeights = architecture.head.labels.map((_, i) => 1 - i / 2);
  return await openEngine(graph, {
    architecture,
    device: "cpu",
    dtype: "float32",
    threads: 1,
    ownPass: (name) =>
      ownPassGraph(name, {
        architecture,
        weights: ledgerOf(blueprint, architecture),
        labelWeights,
      }),
  });
}

/** Every position alone, and the last one of all texts in one batch. */
async function assertAnswers(blueprint: Blueprint, expected: readonly number[][]): Promise<void> {
  await using engine = await open(blueprint);
  const labels = blueprint.architecture.head.labels.length;
  for (const [i, ids] of sequences.entries()) {
    const { outputs: [output] } = await engine.run([everyPosition(ids)]);
    assertClose(output!.rowLogits, expected[i]!, { tolerance: 1e-4, what: `logits of ${i}` });
  }
  const { outputs } = await engine.run(sequences.map(pooledOnly));
  for (const [i, { logits }] of outputs.entries()) {
    assertClose(logits, expected[i]!.slice(-labels), { tolerance: 1e-4, what: `last of ${i}` });
  }
}

for (const { model, tokens, logits } of golden.vocabulary) {
  Deno.test(`${model}: the logits of tokens are transformers'`, async () => {
    const directory = `${folder}/policies/${model}`;
    const blueprint = await readBlueprint(directory, { head: `vocabulary:${tokens}` });
    const { architecture } = blueprint;
    assert.match(architecture.name, /ForCausalLM$|LMHeadModel$/);
    assert.equal(architecture.chosenBy, `--head vocabulary:${tokens}`);
    assert.deepEqual(architecture.head.labels, tokens.map(String));
    assert.equal(architecture.pooling, "last");
    await assertAnswers(blueprint, logits);
  });
}

for (const { model, values } of golden.value) {
  const head = model.startsWith("grm") ? {} : { head: "value" };
  Deno.test(`${model}: the values are those of the head's own code`, async () => {
    const blueprint = await readBlueprint(`${folder}/heads/${model}`, head);
    const { architecture: { name, head: { labels, text }, pooling } } = blueprint;
    const named = model.startsWith("grm") ? "GRewardModel" : "AutoModelForCausalLMWithValueHead";
    assert.deepEqual([name, labels, pooling], [named, ["LABEL_0"], "last"]);
    assert.match(text, /^linear v_head\.summary/);
    await assertAnswers(blueprint, values);
  });
}

Deno.test("a value head that nobody asked for is refused, and the error says what reads it", async () => {
  await assert.rejects(readBlueprint(`${folder}/heads/trl-llama`), {
    kind: "bad_model",
    message:
      /value head of TRL .* nothing says whether it is a critic's.*--head value reads it as a reward model's: received "v_head/,
  });
});

Deno.test("a policy that nobody asked a token of is refused, and the error says how", async () => {
  await assert.rejects(readBlueprint(`${folder}/policies/qwen2`), {
    kind: "bad_model",
    message:
      /it is a policy, of which --head vocabulary:TOKEN reads a token's logit as its score, and/,
  });
});

Deno.test("a head that is asked for is one of a decoder, of the class that is asked for or of model_type", async () => {
  const bert = `${folder}/models/bert`;
  await assert.rejects(readBlueprint(bert, { head: "vocabulary:5" }), {
    kind: "bad_usage",
    message:
      /^Cannot read the model by --head vocabulary:5 as it is for decoders, and "model_type"/,
  });
  const architecture = "MistralForCausalLM";
  const read = { head: "vocabulary:5", architecture };
  const blueprint = await readBlueprint(`${folder}/policies/mistral`, read);
  assert.deepEqual([blueprint.architecture.name, blueprint.architecture.family], [
    architecture,
    "mistral",
  ]);
});

Deno.test("a policy's token is scored over texts with every method that a causal model has", async () => {
  const directory = `${folder}/policies/llama`;
  await using model = await loadModel(directory, {
    head: "vocabulary:41",
    device: "cpu",
    threads: 1,
  });
  assert.deepEqual([model.architecture, model.head, model.scoreRule], [
    "LlamaForCausalLM",
    "linear lm_head, row 41",
    "41",
  ]);
  const scorer = createScorer(model, new Batcher(model.engine));
  const items = [{ prompt: "The movie", completions: [" was great.", " was long. It ended."] }];
  for (const { name: method } of methodsFor(model)) {
    const credit = { method } as RewardRequestInput["credit"];
    for (
      const { score, rewards, offset = 0 } of completionsIn(
        await scoreNative(scorer, { items, credit }),
      )
    ) {
      const sum = decodeFloats(rewards).reduce((total, each) => total + each, offset);
      assert.ok(Math.abs(sum - score) < 1e-4, `${method}: ${sum}, expected ${score}`);
    }
  }
});

Deno.test("the credit of a value head's score adds up along gradients", async () => {
  const blueprint = await readBlueprint(`${folder}/heads/grm-gemma2`);
  await using engine = await open(blueprint);
  const query = { ...pooledOnly(sequences[2]!), measure: ["gradient"] as const };
  const { outputs: [output] } = await engine.run([{ ...query, measure: [...query.measure] }]);
  assert.equal(output!.measured.gradient!.length, sequences[2]!.length);
  assert.ok(output!.measured.gradient!.some((each) => each !== 0));
});
