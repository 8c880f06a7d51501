import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import type { Graph } from "../../src/onnx/graph.ts";
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
    /"model\.norm\.weight" must be float64, float32, float16 or bfloat16: received int64$/,
  ],
  [
    "an unknown architecture",
    { config: tinyConfig({ architectures: ["LlamaForSequenceClasification"], model_type: null }) },
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

Deno.test("weights that the graph casts to float16 are kept converted in a cache, and only those", async () => {
  await using directory = await tinyModel();
  const cache = join(directory.path, "cache");
  const options = { dtype: "float16", cache } as const;
  const plain = await readBlueprint(directory.path, { dtype: "float16" });
  const { graph, checkpoint, inventory } = await readBlueprint(directory.path, options);
  assert.ok(checkpoint.source.startsWith(cache));
  assert.deepEqual(inventory, plain.inventory, "of what the directory stores");
  const casts = (nodes: Graph["nodes"]) => nodes.filter(({ op }) => op === "Cast").length;
  assert.equal(casts(plain.graph.nodes) - casts(graph.nodes), 2 * 7 + 1, "matrices and embeddings");
  for (const { name, dtype } of checkpoint.tensors.values()) {
    const wide = /norm|score/.test(name);
    assert.equal(dtype, wide ? "float32" : "float16", name);
  }
  const again = await readBlueprint(directory.path, options);
  assert.equal(again.checkpoint.source, checkpoint.source);
});

Deno.test("nothing is kept where nothing is converted", async () => {
  const half = tinyTensors().map((each): TestTensor => ({ ...each, dtype: "float16" }));
  await using stored = await tinyModel({ tensors: half });
  await using wide = await tinyModel();
  for (const [{ path }, dtype] of [[stored, "float16"], [wide, "float32"]] as const) {
    const { checkpoint } = await readBlueprint(path, { dtype, cache: join(path, "cache") });
    assert.equal(checkpoint.source, join(path, "model.safetensors"));
    await assert.rejects(Deno.stat(join(path, "cache")), Deno.errors.NotFound);
  }
});

Deno.test("a weight beyond the range of float16 is refused where it would be converted", async () => {
  const tensors = changed(
    "model.layers.1.mlp.up_proj.weight",
    (tensor) => [{ ...tensor, data: Array.from(tensor.data, () => 70_000) }],
  );
  await using directory = await tinyModel({ tensors });
  const cache = join(directory.path, "cache");
  await assert.rejects(readBlueprint(directory.path, { dtype: "float16", cache }), {
    kind: "bad_model",
    message:
      /"model\.layers\.1\.mlp\.up_proj\.weight" float32\[12, 8\] .* beyond its range: received 70000$/,
  });
});
