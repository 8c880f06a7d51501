import assert from "node:assert/strict";
import { chooseArchitecture, classNames } from "../../src/architectures/architecture_choice.ts";

const known = {
  BertForSequenceClassification: { family: "bert", head: "classifier.weight" },
  LlamaForSequenceClassification: { family: "llama", head: "score.weight" },
  MistralForSequenceClassification: { family: "mistral", head: "score.weight" },
};
const llama = "LlamaForSequenceClassification";
const labelled = { id2label: { "0": "LABEL_0" } };
const choose = (config: Record<string, unknown>, names: string[] = [], asked?: string) => {
  const tensors = new Map(names.map((name) => [name, { shape: [1, 8] }]));
  return chooseArchitecture({ ...labelled, ...config }, known, { tensors, asked });
};

Deno.test("a class that is served decides, without evidence, if model_type agrees or is missing", () => {
  for (const model_type of ["llama", null, undefined]) {
    assert.deepEqual(choose({ architectures: [llama], model_type }), { name: llama });
  }
  assert.deepEqual(choose({ architectures: ["RewardModel", llama], model_type: "llama" }), {
    name: llama,
  });
});

Deno.test("a class and a model_type that contradict each other are refused, by both names", () => {
  assert.throws(() => choose({ architectures: [llama], model_type: "mistral" }, ["score.weight"]), {
    kind: "bad_model",
    path: "config.json",
    message:
      `Cannot tell the architecture as "architectures" and "model_type" contradict each other (--architecture decides): received "${llama}", which is of "llama", and "mistral"`,
  });
});

for (
  const architectures of [
    undefined,
    null,
    [],
    "",
    [null],
    ["RewardModel"],
    "RewardModel",
    ["LLMForSequenceRegression"],
    ["AutoModelForSequenceClassification"],
    ["LlamaForCausalLM"],
    ["LlamaModel"],
  ]
) {
  const what = JSON.stringify(architectures) ?? "nothing";
  Deno.test(`where architectures is ${what}, model_type and a stored head decide`, () => {
    const config = { architectures, model_type: "llama" };
    for (const head of ["score.weight", "model.score.weight"]) {
      assert.deepEqual(choose(config, ["model.norm.weight", head]), {
        name: llama,
        by: `"model_type" and its head ${head}`,
        found: { name: "score", bias: false },
      });
    }
    assert.equal(choose({ architectures, model_type: "mamba" }, ["score.weight"]), undefined);
  });
}

Deno.test("without a head nothing is made of a trainer's class: transformers would draw one at random", () => {
  const message = (received: string) =>
    `Cannot serve the model as ${llama}, after its "model_type", as it has no head "score.weight", and transformers would draw a random one: received ${received} under "architectures"`;
  for (const tensors of [["lm_head.weight"], ["classifier.weight"], ["myscore.weight"]]) {
    assert.throws(() => choose({ model_type: "llama" }, tensors), { message: message("no name") });
    assert.throws(() => choose({ model_type: "llama", architectures: ["RewardModel"] }, tensors), {
      kind: "bad_model",
      message: message('"RewardModel"'),
    });
  }
  assert.throws(() => choose({ model_type: "bert" }, ["value_head.weight"]), {
    message: /no head "classifier\.weight"/,
  });
});

Deno.test("a policy's class without a head is left to the caller, who knows that it is one", () => {
  const config = { architectures: ["LlamaForCausalLM"], model_type: "llama" };
  assert.equal(choose(config, ["lm_head.weight"]), undefined);
});

Deno.test("heads of other tasks and of critics are refused, whatever their tensors are called", () => {
  for (
    const [name, why] of [
      ["LlamaForTokenClassification", "its head answers another question"],
      ["BertForQuestionAnswering", "its head answers another question"],
      ["CriticModel", "the head of a critic says what is still to come, not what was earned"],
    ]
  ) {
    assert.throws(() => choose({ architectures: [name], model_type: "llama" }, ["score.weight"]), {
      kind: "bad_model",
      message:
        `Cannot serve a model as a reward model as ${why}: received "architectures" "${name}"`,
    });
  }
});

Deno.test("what the user asks for decides alone", () => {
  const config = { architectures: ["LlamaForTokenClassification"], model_type: "mistral" };
  assert.deepEqual(choose(config, [], llama), { name: llama, by: "--architecture" });
  assert.equal(choose(config, [], "constructor"), undefined);
});

Deno.test("the names under architectures are texts, one or several", () => {
  assert.deepEqual(classNames({ architectures: ["A", 1, "", "B"] }), ["A", "B"]);
  assert.deepEqual(classNames({ architectures: "A" }), ["A"]);
  assert.deepEqual(classNames({}), []);
});

Deno.test("OpenRLHF's head is found under the name that it gave it, and is the one label", () => {
  const by = (head: string) => `"model_type" and its head ${head}`;
  const openrlhf = { architectures: ["RewardModel"], model_type: "llama" };
  assert.deepEqual(choose(openrlhf, ["value_head.weight"]), {
    name: llama,
    by: by("value_head.weight"),
    found: { name: "value_head", bias: false },
  });
  const own = { ...openrlhf, value_head_prefix: "reward", id2label: null };
  assert.deepEqual(choose(own, ["value_head.weight", "reward.weight"]), {
    name: llama,
    by: by("reward.weight"),
    labels: 1,
    found: { name: "reward", bias: false },
  });
  const { found } = choose(openrlhf, ["value_head.weight", "value_head.bias"]) ?? {};
  assert.deepEqual(found, { name: "value_head", bias: true });
  assert.throws(() => choose({ ...own, model_type: "bert" }, ["reward.weight"]), /no head/);
});
