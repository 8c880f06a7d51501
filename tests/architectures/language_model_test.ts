import assert from "node:assert/strict";
import { languageModel } from "../../src/architectures/language_model.ts";
import { languageModelOf } from "../../src/architectures/registry.ts";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import { Parameters } from "../../src/layers/parameters.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { describe } from "../../src/onnx/value.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";

const llama = {
  architectures: ["LlamaForCausalLM"],
  vocab_size: 3,
  hidden_size: 2,
  intermediate_size: 4,
  num_hidden_layers: 1,
  num_attention_heads: 1,
};
const gpt2 = {
  architectures: ["GPT2LMHeadModel"],
  vocab_size: 3,
  n_embd: 2,
  n_layer: 1,
  n_head: 1,
};

const heads: readonly { what: string; config: Record<string, unknown>; weight: string }[] = [
  { what: "a Llama", config: llama, weight: "lm_head.weight" },
  {
    what: "a Llama that is tied",
    config: { ...llama, tie_word_embeddings: true },
    weight: "model.embed_tokens.weight",
  },
  {
    what: "a GPT-2, tied unless it says otherwise",
    config: gpt2,
    weight: "transformer.wte.weight",
  },
  {
    what: "a GPT-2 that says otherwise",
    config: { ...gpt2, tie_word_embeddings: false },
    weight: "lm_head.weight",
  },
];

for (const { what, config, weight } of heads) {
  Deno.test(`the logits of ${what} are products with ${weight}`, async () => {
    const model = languageModelOf(config);
    assert.equal(model.tied, weight !== "lm_head.weight");
    const graph = new Graph("case");
    const weights = fedWeights(graph);
    const states = graph.input("states", "float32", ["rows", 2]);
    const logits = model.logits(states, new Parameters(weights));
    assert.equal(describe(logits), "float32[rows, 3]");
    assert.deepEqual([...weights.taken.keys()], [weight]);
    graph.output("logits", logits);
    const found = await runGraph(graph, {
      states: plain([[1, 2], [-1, 0.5]]),
      [weight]: plain([[1, 0], [0, 10], [3, 4]]),
    });
    assertNear(found["logits"]!, plain([[1, 20, 11], [-1, 5, -1]]));
  });
}

Deno.test("a tied head and the embeddings are one weight", () => {
  const { trunk } = languageModelOf(gpt2);
  const model = languageModel("Other", trunk, { tied: true });
  assert.deepEqual([model.name, model.trunk], ["Other", trunk]);
  const weights = fedWeights(new Graph("case"));
  const at = new Parameters(weights);
  const table = at.at(trunk.prefix).at(trunk.embeddings).take("weight", [3, 2]);
  model.logits(table, at);
  assert.equal(weights.taken.size, 1);
});

const temperature = 2;
const tanh2 = (x: number) => 2 * Math.tanh(x / 2);

for (
  const { what, head, expected } of [
    {
      what: "a head of another name",
      head: { tied: false, called: "embed_out" },
      expected: [3, 30],
    },
    { what: "a bias", head: { tied: false, bias: true }, expected: [3.5, 28.5] },
    {
      what: "a cap",
      head: { tied: false, softcap: 2 },
      expected: [tanh2(6) / temperature, tanh2(60) / temperature],
    },
  ]
) {
  Deno.test(`logits of ${what} are divided by the temperature last`, async () => {
    const { trunk } = languageModelOf({ ...llama, vocab_size: 2, hidden_size: 2 });
    const graph = new Graph("case");
    const weights = fedWeights(graph);
    const states = graph.input("states", "float32", ["rows", 2]);
    const model = languageModel("Other", trunk, head);
    graph.output("logits", model.logits(states, new Parameters(weights), temperature));
    const name = "called" in head ? "embed_out" : "lm_head";
    const found = await runGraph(graph, {
      states: plain([[6, 6]]),
      [`${name}.weight`]: plain([[1, 0], [0, 10]]),
      ...("bias" in head ? { [`${name}.bias`]: plain([1, -3]) } : {}),
    });
    assertNear(found["logits"]!, plain([expected]));
  });
}
