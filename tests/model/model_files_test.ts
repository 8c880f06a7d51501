import assert from "node:assert/strict";
import { join } from "node:path";
import { findModel } from "../../src/model/find_model.ts";
import { baseName, findFiles } from "../../src/model/model_files.ts";
import { tinyAdapter, tinyAdapterConfig } from "../adapters/tiny_adapter.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { tinyModel } from "./tiny_model.ts";

/** An adapter that names this base model. */
const adapterOf = (base: string | null, more: Record<string, unknown> = {}) =>
  tinyAdapter({ config: tinyAdapterConfig({ base_model_name_or_path: base, ...more }) });

/** A folder of pulled models with one base, at a revision. */
async function pulled(id: string, revision = "main") {
  const models = await temporaryDirectory();
  const path = join(models.path, id);
  await Deno.mkdir(path, { recursive: true });
  await Deno.writeTextFile(join(path, "config.json"), "{}");
  const record = { hub: "https://hub.example", id, revision, commit: "0123abc", files: [] };
  await Deno.writeTextFile(join(path, "pulled.json"), JSON.stringify(record));
  return { models: models.path, path, [Symbol.asyncDispose]: models[Symbol.asyncDispose] };
}

Deno.test("a directory without an adapter is read alone", async () => {
  await using model = await tinyModel();
  const { path } = model;
  assert.deepEqual(await findFiles(path), { model: path, tokenizer: path });
  await assert.rejects(findFiles(path, { base: path }), {
    kind: "bad_usage",
    message:
      `Cannot use --base ${path} as the model is no adapter, without an adapter_config.json: received ${path}`,
  });
});

Deno.test("the base model is the directory or the pulled id that the adapter names", async () => {
  await using model = await tinyModel();
  await using local = await adapterOf(model.path);
  const files = await findFiles(local.path);
  assert.deepEqual([files.model, files.tokenizer], [model.path, model.path]);
  assert.equal(files.adapter?.directory, local.path);

  await using hub = await pulled("owner/base");
  await using remote = await adapterOf("owner/base");
  const found = await findFiles(remote.path, { models: hub.models });
  assert.equal(found.model, hub.path);
  assert.equal(baseName(found), "owner/base");
});

Deno.test("--base goes before what the adapter names", async () => {
  await using model = await tinyModel();
  await using adapter = await adapterOf("owner/elsewhere");
  const files = await findFiles(adapter.path, { base: model.path });
  assert.equal(files.model, model.path);
  assert.equal(baseName(files), model.path.split("/").at(-1));
});

Deno.test("a base model that is not there is named, with what fetches it", async () => {
  await using adapter = await adapterOf("owner/base");
  await assert.rejects(findFiles(adapter.path, { models: "/nowhere" }), {
    kind: "bad_model",
    message:
      /base model is not there, which --base DIR gives .*'deno task pull owner\/base' .*: received "owner\/base"$/,
  });
  for (const named of [null, ""]) {
    await using nameless = await adapterOf(named);
    await assert.rejects(findFiles(nameless.path), { message: /names no base model, and --base/ });
  }
});

Deno.test("a pulled base model has to be of the revision that the adapter names", async () => {
  await using hub = await pulled("owner/base");
  const { models } = hub;
  for (const revision of [null, "main", "0123abc"]) {
    await using adapter = await adapterOf("owner/base", { revision });
    await findFiles(adapter.path, { models });
  }
  await using adapter = await adapterOf("owner/base", { revision: "v2" });
  await assert.rejects(findFiles(adapter.path, { models }), {
    message:
      /its revision "v2", which 'deno task pull owner\/base --revision v2' .*: received main$/,
  });
  await findFiles(adapter.path, { models, base: hub.path });
});

Deno.test("the adapter's tokenizer goes before the base model's", async () => {
  await using model = await tinyModel();
  await using adapter = await adapterOf(model.path);
  await Deno.writeTextFile(join(adapter.path, "tokenizer_config.json"), "{}");
  assert.equal((await findFiles(adapter.path)).tokenizer, adapter.path);
});

Deno.test("an adapter beside a whole model, without weights or on an adapter is refused", async () => {
  await using model = await tinyModel();
  await using beside = await adapterOf(model.path);
  await Deno.copyFile(
    join(model.path, "model.safetensors"),
    join(beside.path, "model.safetensors"),
  );
  await assert.rejects(findFiles(beside.path), {
    message: /holds a whole model beside its adapter/,
  });
  await findFiles(beside.path, { base: model.path });

  await using merged = await tinyModel();
  await Deno.writeTextFile(
    join(merged.path, "adapter_config.json"),
    JSON.stringify(tinyAdapterConfig()),
  );
  await assert.rejects(findFiles(merged.path), {
    message:
      /adapter_config\.json and neither adapter_model\.safetensors nor adapter_model\.bin; remove/,
  });

  await using below = await adapterOf(null);
  await using above = await adapterOf(below.path);
  await assert.rejects(findFiles(above.path), { message: /base model is an adapter itself/ });
});

Deno.test("a pulled adapter is whole without a config.json", async () => {
  await using models = await temporaryDirectory();
  const path = join(models.path, "owner/adapter");
  await Deno.mkdir(path, { recursive: true });
  await assert.rejects(findModel("owner/adapter", { models: models.path }), {
    message: /interrup/,
  });
  await Deno.writeTextFile(join(path, "adapter_config.json"), "{}");
  assert.equal(await findModel("owner/adapter", { models: models.path }), path);
});
