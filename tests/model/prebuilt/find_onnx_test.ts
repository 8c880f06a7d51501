import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { prebuiltPath } from "../../../src/model/prebuilt/find_onnx.ts";
import { readPrebuiltBlueprint } from "../../../src/model/prebuilt/prebuilt_blueprint.ts";
import { readPrebuiltConfig } from "../../../src/model/prebuilt/prebuilt_config.ts";
import { copyOfOnnx } from "../../support/golden_onnx.ts";
import { tinyModel } from "../tiny_model.ts";

Deno.test("a graph of our own goes first where it can be written, --onnx turns that around", async () => {
  await using model = await tinyModel();
  assert.equal(await prebuiltPath(model.path), undefined);
  await assert.rejects(prebuiltPath(model.path, { onnx: true }), {
    kind: "bad_usage",
    message: /neither model\.onnx nor onnx\/model\.onnx/,
  });
  const path = join(model.path, "onnx", "model.onnx");
  await Deno.mkdir(join(model.path, "onnx"));
  await Deno.writeFile(path, new Uint8Array());
  assert.equal(await prebuiltPath(model.path), undefined);
  assert.equal(await prebuiltPath(model.path, { onnx: true }), path);
  const config = { architectures: ["MPNetForSequenceClassification"], model_type: "mpnet" };
  await Deno.writeTextFile(join(model.path, "config.json"), JSON.stringify(config));
  assert.equal(await prebuiltPath(model.path), path, "no page of ours reads the class");
  assert.equal(await prebuiltPath(model.path, { architecture: "BertModel" }), undefined);
  assert.equal(await prebuiltPath(model.path, { head: "value" }), undefined);
  await Deno.remove(join(model.path, "model.safetensors"));
  assert.equal(await prebuiltPath(model.path), path);
  await assert.rejects(prebuiltPath(model.path, { head: "value" }), {
    kind: "bad_usage",
    message: /which has its head within: received --head value$/,
  });
});

const sizes = { hidden_size: 8, num_hidden_layers: 2, num_attention_heads: 2, vocab_size: 9 };

Deno.test("sizes are found under the names that families give them", () => {
  const read = (config: Record<string, unknown>) =>
    readPrebuiltConfig({ model_type: "other", ...config }, { typed: false });
  const { dimensions, name, labels } = read({
    ...sizes,
    architectures: ["OtherForX"],
    num_labels: 1,
  });
  assert.deepEqual([name, labels], ["OtherForX", ["LABEL_0"]]);
  assert.deepEqual([dimensions.hidden, dimensions.context, dimensions.types], [
    8,
    undefined,
    undefined,
  ]);
  const bloom = { n_embed: 1, n_embd: 8, n_layer: 2, n_head: 2, vocab_size: 9, n_positions: 64 };
  assert.equal(read(bloom).dimensions.context, 64);
  assert.throws(() => read({ ...sizes, hidden_size: undefined }), {
    kind: "bad_model",
    message: /"hidden_size"/,
  });
  assert.throws(() => read({ ...sizes, model_type: undefined }), {
    message: /"model_type" is not usable/,
  });
});

Deno.test("sizes beyond all measure are refused", () => {
  for (const field of ["num_labels", "vocab_size", "hidden_size"]) {
    const config = { ...sizes, model_type: "other", [field]: 2 ** 40 };
    const message = new RegExp(`"${field}" may be at most`);
    assert.throws(() => readPrebuiltConfig(config, { typed: false }), { message });
  }
});

Deno.test("a config.json of any values is read, or refused by an error of its own", () => {
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.constant(null),
    fc.boolean(),
    fc.object(),
  );
  const fields = [
    "id2label",
    "label2id",
    "num_labels",
    "problem_type",
    "pad_token_id",
    "type_vocab_size",
  ];
  const names = [...Object.keys(sizes), "model_type", "architectures", "max_position_embeddings"];
  const changes = fc.dictionary(fc.constantFrom(...fields, ...names), value, { maxKeys: 3 });
  fc.assert(fc.property(changes, (changed) => {
    try {
      readPrebuiltConfig({ ...sizes, model_type: "bert", ...changed }, { typed: true });
    } catch (error) {
      assert.equal((error as { kind?: string }).kind, "bad_model", String(error));
    }
  }));
});

Deno.test("positions that begin behind padding leave fewer for texts", () => {
  const config = { ...sizes, max_position_embeddings: 514, pad_token_id: 1 };
  const contextOf = (model_type: string) =>
    readPrebuiltConfig({ ...config, model_type }, { typed: true }).dimensions.context;
  assert.deepEqual([contextOf("mpnet"), contextOf("other")], [512, 514]);
});

Deno.test("a blueprint tells what it was read from, and what is withheld", async () => {
  await using copy = await copyOfOnnx("bert");
  const path = join(copy.path, "model.onnx");
  const blueprint = await readPrebuiltBlueprint(copy.path, path);
  assert.equal(blueprint.architecture.pooling, "graph");
  assert.equal(blueprint.architecture.dimensions.context, 96);
  assert.deepEqual(Object.keys(blueprint.withheld), [
    "rows",
    "gradient",
    "integrated",
    "layers",
    "rollout",
  ]);
  assert.match(blueprint.notes.join(), /the graph is that of .*model\.onnx/);
  await assert.rejects(readPrebuiltBlueprint(copy.path, path, { dtype: "float16" }), {
    kind: "bad_usage",
    message: /in float32: received --dtype float16/,
  });
});
