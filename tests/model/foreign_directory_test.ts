import assert from "node:assert/strict";
import { readBlueprint } from "../../src/model/blueprint.ts";
import {
  refuseForeignTensors,
  refuseQuantised,
  refuseValueHead,
} from "../../src/model/foreign_directory.ts";
import type { TestTensor } from "../support/checkpoint.ts";
import { tinyConfig, tinyModel, tinyTensors } from "./tiny_model.ts";

/** A checkpoint with tensors of these names, as far as these checks look at one. */
function withTensors(...names: string[]): Parameters<typeof refuseForeignTensors>[0] {
  const tensors = new Map(names.map((name) => [name, {}]));
  return { source: "/m/model.safetensors", tensors } as unknown as Parameters<
    typeof refuseForeignTensors
  >[0];
}

Deno.test("a quantised checkpoint is told by its config.json, with the method", async () => {
  for (const quantization_config of [null, undefined]) refuseQuantised({ quantization_config });
  for (const quant_method of ["bitsandbytes", "gptq", "awq", "fp8"]) {
    assert.throws(() => refuseQuantised({ quantization_config: { quant_method, bits: 4 } }), {
      kind: "bad_model",
      path: "config.json",
      message:
        `Cannot load the model as "quantization_config" says that its weights are quantised by "${quant_method}"; save it unquantised, as transformers' dequantize() and save_pretrained do: received {"quant_method":"${quant_method}","bits":4}`,
    });
  }
  await using directory = await tinyModel({ config: tinyConfig({ quantization_config: {} }) });
  await assert.rejects(readBlueprint(directory.path), { message: /weights are quantised; save/ });
});

for (
  const [what, name, message] of [
    [
      "quantised weights of GPTQ",
      "model.layers.0.mlp.up_proj.qweight",
      /holds quantised weights; save/,
    ],
    ["quantised weights of bitsandbytes", "score.weight.absmax", /holds quantised weights; save/],
    ["scaled weights of fp8", "model.a.weight_scale_inv", /holds quantised weights; save/],
    ["an adapter that was not merged", "model.a.lora_A.default.weight", /PEFT adapter .* merge it/],
    ["the base model within an adapter", "base_model.model.score.weight", /PEFT adapter/],
    ["a wrapper of several devices", "module.model.norm.weight", /take "module\." off the names/],
    ["a compiled model", "_orig_mod.model.norm.weight", /torch\.compile's wrapper; save/],
  ] as const
) {
  Deno.test(`${what} is told by the names of its tensors`, () => {
    assert.throws(() => refuseForeignTensors(withTensors("model.norm.weight", name)), {
      kind: "bad_model",
      message,
    });
    assert.throws(() => refuseForeignTensors(withTensors(name)), { message: new RegExp(name) });
  });
}

Deno.test("a value head without a reward head is told by its name", async () => {
  const names = ["v_head.summary.weight", "v_head.summary.bias"];
  const value = names.map((name): TestTensor => ({ name, shape: [1], data: [0] }));
  const tensors = tinyTensors().filter(({ name }) => name !== "score.weight");
  await using directory = await tinyModel({ tensors: [...tensors, ...value] });
  await assert.rejects(readBlueprint(directory.path), {
    kind: "bad_model",
    message:
      /its head is a value head of TRL .*; --head value reads it as a reward model's: received "v_head\.summary\.(bias", "v_head\.summary\.weight|weight", "v_head\.summary\.bias)"$/,
  });
  refuseValueHead(withTensors("model.norm.weight"), {});
  refuseValueHead(withTensors(...names, "score.weight"), {});
  refuseValueHead(withTensors(...names), { vhead_layer_type: "linear" });
});

Deno.test("the tensors of a whole model are nothing foreign", async () => {
  refuseForeignTensors(withTensors(...tinyTensors().map(({ name }) => name)));
  await using directory = await tinyModel({
    config: tinyConfig({ architectures: ["RewardModel"] }),
  });
  const { architecture } = await readBlueprint(directory.path);
  assert.deepEqual([architecture.name, architecture.chosenBy], [
    "LlamaForSequenceClassification",
    '"model_type" and its head score.weight',
  ]);
  const asked = { architecture: "MistralForSequenceClassification" };
  const other = await readBlueprint(directory.path, asked);
  assert.deepEqual([other.architecture.name, other.architecture.chosenBy], [
    asked.architecture,
    "--architecture",
  ]);
  await assert.rejects(readBlueprint(directory.path, { architecture: "Llama" }), {
    kind: "bad_usage",
    message: /^Cannot serve the architecture "Llama" as it is not one of AlbertFor.*: received/,
  });
});
