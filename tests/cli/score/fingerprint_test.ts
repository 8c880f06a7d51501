import assert from "node:assert/strict";
import { join } from "node:path";
import {
  fileFingerprint,
  filesFingerprint,
  modelFingerprint,
} from "../../../src/cli/score/fingerprint.ts";
import { AbacusError } from "../../../src/errors.ts";
import { tinyAdapter } from "../../adapters/tiny_adapter.ts";
import { tinyModel } from "../../model/tiny_model.ts";
import { copyOfOnnx } from "../../support/golden_onnx.ts";
import { temporary } from "../temporary.ts";

Deno.test("a file's fingerprint changes with any of its bytes, and with nothing else", async () => {
  const path = join(temporary(), "in.jsonl");
  const bytes = new Uint8Array(3_000_000);
  await Deno.writeFile(path, bytes);
  const before = await fileFingerprint(path);
  await Deno.utime(path, 1, 1);
  assert.equal(await fileFingerprint(path), before);
  bytes[1_500_000] = 1;
  await Deno.writeFile(path, bytes);
  assert.notEqual(await fileFingerprint(path), before);
});

Deno.test("a file that cannot be read is bad usage", async () => {
  await assert.rejects(
    () => fileFingerprint("/none/in.jsonl"),
    (error) => error instanceof AbacusError && error.kind === "bad_usage",
  );
});

Deno.test("a model's fingerprint changes with its configuration, its weights and their size", async () => {
  const directory = temporary();
  const weights = new Uint8Array(8_000_000).fill(1);
  const write = async (config: string, bytes: Uint8Array) => {
    await Deno.writeTextFile(join(directory, "config.json"), config);
    await Deno.writeFile(join(directory, "model.safetensors"), bytes);
    return await modelFingerprint(directory);
  };
  const first = await write("{}", weights);
  assert.equal(await write("{}", weights), first);
  await Deno.writeTextFile(
    join(directory, "README.md"),
    "a model card says nothing of the numbers",
  );
  const changed = [
    await write("{ }", weights),
    await write("{}", weights.subarray(1)),
    await write("{}", new Uint8Array(weights.length).fill(2)),
  ];
  assert.equal(new Set([first, ...changed]).size, 4);
  assert.equal(await write("{}", weights), first);
});

Deno.test("a model's fingerprint changes with any of its chat templates", async () => {
  const directory = temporary();
  await Deno.writeTextFile(join(directory, "config.json"), "{}");
  const before = await modelFingerprint(directory);
  await Deno.mkdir(join(directory, "additional_chat_templates"));
  assert.equal(await modelFingerprint(directory), before);
  await Deno.writeTextFile(join(directory, "additional_chat_templates", "rag.jinja"), "{{ x }}");
  assert.notEqual(await modelFingerprint(directory), before);
});

Deno.test("a model's fingerprint changes with its ONNX file, wherever that stands", async () => {
  await using copy = await copyOfOnnx("bert");
  const path = join(copy.path, "model.onnx");
  const bytes = await Deno.readFile(path);
  const seen = [await modelFingerprint(copy.path)];
  await Deno.writeFile(path, bytes.with(40, bytes[40]! ^ 1));
  seen.push(await modelFingerprint(copy.path));
  await Deno.mkdir(join(copy.path, "onnx"));
  await Deno.rename(path, join(copy.path, "onnx", "model.onnx"));
  seen.push(await modelFingerprint(copy.path));
  assert.equal(new Set(seen).size, 3);
});

Deno.test("an adapter's fingerprint changes with its own files and with those of its base model", async () => {
  await using model = await tinyModel();
  await using adapter = await tinyAdapter();
  const now = () => filesFingerprint(adapter.path, { base: model.path });
  const found = [await now()];
  const append = async (path: string) => {
    await Deno.writeTextFile(path, " ", { append: true });
    found.push(await now());
  };
  await append(join(adapter.path, "adapter_config.json"));
  await append(join(model.path, "config.json"));
  await append(join(model.path, "model.safetensors"));
  await Deno.writeTextFile(join(adapter.path, "tokenizer.json"), "{}");
  found.push(await now());
  assert.equal(new Set(found).size, found.length);
  assert.equal(await now(), found.at(-1));
  assert.equal(await filesFingerprint(model.path, {}), await modelFingerprint(model.path));
});
