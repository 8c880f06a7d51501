import assert from "node:assert/strict";
import { architectureOf, languageModelOf } from "../../src/architectures/registry.ts";

const llama = {
  architectures: ["LlamaForSequenceClassification"],
  vocab_size: 10,
  hidden_size: 8,
  intermediate_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
};

Deno.test("a configuration finds its page", () => {
  const found = architectureOf({ ...llama, id2label: { "1": "good", "0": "bad" } });
  assert.equal(found.family, "llama");
  assert.deepEqual(found.head.labels, ["bad", "good"]);
  assert.equal(found.dimensions.context, 2048);
  assert.equal(found.sharesUpTo, Infinity);
});

const refused: readonly { what: string; config: unknown; message: RegExp }[] = [
  { what: "nothing", config: null, message: /"architectures" is missing/ },
  { what: "no architecture", config: { architectures: [] }, message: /"architectures" is missing/ },
  {
    what: "a near miss",
    config: { architectures: ["LlamaForSequenceClassificatoin"] },
    message:
      /"LlamaForSequenceClassificatoin".*nearest known one is LlamaForSequenceClassification/,
  },
  {
    what: "the name of something every object has",
    config: { architectures: ["constructor"] },
    message: /Cannot serve the architecture "constructor"/,
  },
  {
    what: "a field of the wrong type",
    config: { ...llama, hidden_size: "8" },
    message: /LlamaForSequenceClassification as "hidden_size" is not usable/,
  },
  {
    what: "a head of odd width",
    config: { ...llama, hidden_size: 9 },
    message: /"head_dim" is not usable: a head must have an even width: received 4.5/,
  },
  {
    what: "key and value heads that do not divide the heads",
    config: { ...llama, num_attention_heads: 4, num_key_value_heads: 3 },
    message: /3 key and value heads do not divide 4 heads/,
  },
  {
    what: "an unknown activation",
    config: { ...llama, hidden_act: "mish" },
    message: /"hidden_act" is not usable/,
  },
  {
    what: "an unknown way to scale positions",
    config: { ...llama, rope_scaling: { rope_type: "mrope", factor: 2 } },
    message: /"mrope" is not one of default, linear, dynamic, llama3/,
  },
  {
    what: "scaling without its factor",
    config: { ...llama, rope_scaling: { type: "linear" } },
    message: /by "linear" as "factor" is missing/,
  },
];

for (const { what, config, message } of refused) {
  Deno.test(`${what} is refused as a bad model`, () => {
    assert.throws(() => architectureOf(config), { kind: "bad_model", message });
  });
}

Deno.test("dynamic scaling stretches the context and bounds sharing", () => {
  const rope_scaling = { rope_type: "dynamic", factor: 2 };
  const found = architectureOf({ ...llama, max_position_embeddings: 64, rope_scaling });
  assert.equal(found.dimensions.context, 128);
  assert.equal(found.sharesUpTo, 64);
});

const policy = { ...llama, architectures: ["LlamaForCausalLM"] };

Deno.test("a policy's configuration finds its page", () => {
  const found = languageModelOf({ ...policy, tie_word_embeddings: true });
  assert.deepEqual([found.name, found.trunk.family, found.tied], [
    "LlamaForCausalLM",
    "llama",
    true,
  ]);
  const gpt2 = { vocab_size: 10, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 12 };
  const other = languageModelOf({ ...gpt2, architectures: ["GPT2LMHeadModel"] });
  assert.deepEqual([other.name, other.trunk.family, other.tied], ["GPT2LMHeadModel", "gpt2", true]);
  assert.equal(other.trunk.dimensions.context, 12);
});

Deno.test("a reward model and a policy are no stand-ins for each other", () => {
  assert.throws(() => languageModelOf(llama), {
    kind: "bad_model",
    message:
      /^Cannot train the architecture "LlamaForSequenceClassification" as it is a reward model, and it is not one of (\w+, )*LlamaForCausalLM, (\w+, )*\w+$/,
  });
  assert.throws(() => architectureOf(policy), {
    kind: "bad_model",
    message:
      /^Cannot serve the architecture "LlamaForCausalLM" as it is a policy, of which --head vocabulary:TOKEN reads/,
  });
  assert.throws(() => languageModelOf({ ...policy, architectures: ["LlamaForCasualLM"] }), {
    kind: "bad_model",
    message: / as the nearest known one is LlamaForCausalLM, and it is not one of /,
  });
});
