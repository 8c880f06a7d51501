import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import type { TestTensor } from "../support/checkpoint.ts";
import { tinyConfig, tinyModel, tinyTensors } from "./tiny_model.ts";

Deno.test("a blueprint counts what the graph uses and points into the checkpoint's file", async () => {
  await using directory = await tinyModel();
  const { architecture, graph, checkpoint, inventory, ignored } = await readBlueprint(
    directory.path,
  );
  assert.equal(architecture.family, "llama");
  assert.deepEqual([...graph.outputs.keys()].toSorted(), ["attention", "logits"]);
  assert.equal(graph.weights.size, checkpoint.tensors.size);
  assert.equal(inventory.tensors, tinyTensors().length);
  assert.equal(inventory.parameters, 48 + 2 * (16 + 192 + 288) + 8 + 8);
  assert.deepEqual(inventory.parts.map(({ part, parameters }) => [part, parameters]), [
    ["embeddings", 48],
    ["attention", 2 * 192],
    ["mlp", 2 * 288],
    ["norms", 2 * 16 + 8],
    ["head", 8],
  ]);
  assert.deepEqual(ignored, []);
});

/** The tensors with one of them changed, or dropped where the change gives nothing. */
function changed(name: string, change: (tensor: TestTensor) => TestTensor[]): TestTensor[] {
  const tensors = tinyTensors();
  assert.ok(tensors.some((tensor) => tensor.name === name));
  return tensors.flatMap((tensor) => tensor.name === name ? change(tensor) : [tensor]);
}

const wrong: [what: string, model: Parameters<typeof tinyModel>[0], message: RegExp][] = [
  [
    "a missing reward head",
    { tensors: changed("score.weight", () => []) },
    /model\.safetensors as its tensor "score\.weight" of shape \[1, 8\] is missing/,
  ],
  [
    "a reward head of another name",
    { tensors: changed("score.weight", (tensor) => [{ ...tensor, name: "scores.weight" }]) },
    /"score\.weight" .* is missing: received one called "scores\.weight" float32\[1, 8\] instead$/,
  ],
  [
    "a missing layer",
    { config: tinyConfig({ num_hidden_layers: 3 }) },
    /"model\.layers\.2\.input_layernorm\.weight" of shape \[8\] is missing/,
  ],
  [
    "a layer too many",
    { config: tinyConfig({ num_hidden_layers: 1 }) },
    /has no use for 9 tensors: received "model\.layers\.1\.input_layernorm\.weight" float32\[8\], /,
  ],
  [
    "a bias that nobody asked for",
    { tensors: [...tinyTensors(), { name: "score.bias", shape: [1], data: [0] }] },
    /has no use for a tensor: received "score\.bias" float32\[1\]$/,
  ],
  [
    "a head with other labels than the configuration",
    { config: tinyConfig({ id2label: { "0": "neg", "1": "pos" } }) },
    /"score\.weight" must have the shape \[2, 8\]: received \[1, 8\]$/,
  ],
  [
    "a transposed matrix",
    {
      tensors: changed(
        "model.layers.1.mlp.up_proj.weight",
        (tensor) => [{ ...tensor, shape: [8, 12] }],
      ),
    },
    /"model\.layers\.1\.mlp\.up_proj\.weight" must have the shape \[12, 8\]: received \[8, 12\]$/,
  ],
  [
    "weights of integers",
    {
      tensors: changed(
        "model.norm.weight",
        (tensor) => [{ ...tensor, data: [1, 2, 3, 4, 5, 6, 7, 8], dtype: "int64" }],
      ),
    },
    /"model\.norm\.weight" must be float32, float16 or bfloat16: received int64$/,
  ],
  [
    "an unknown architecture",
    { config: tinyConfig({ architectures: ["LlamaForSequenceClasification"] }) },
    /LlamaForSequenceClassification/,
  ],
];

for (const [what, model, message] of wrong) {
  Deno.test(`a directory with ${what} is refused by name`, async () => {
    await using directory = await tinyModel(model);
    await assert.rejects(readBlueprint(directory.path), (error: unknown) => {
      assert.ok(error instanceof AbacusError, String(error));
      assert.equal(error.kind, "bad_model");
      assert.match(error.message, message);
      return true;
    });
  });
}
