import assert from "node:assert/strict";
import { join } from "node:path";
import { install } from "../../../src/model/hub/install.ts";
import { partName } from "../../../src/model/hub/part_file.ts";
import type { HubFile } from "../../../src/model/hub/repository.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";

/** A file of a version; what matters is that versions have other digests. */
function fileOf(path: string, version: string): HubFile {
  return { path, bytes: 1, digest: { algorithm: "sha256", hex: version.repeat(64) } };
}

const origin = { hub: "https://hub", id: "owner/reward", revision: "main", commit: "a".repeat(40) };

async function contents(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { name } of Deno.readDir(directory)) {
    if (name !== "pulled.json") found[name] = await Deno.readTextFile(join(directory, name));
  }
  return found;
}

async function parts(directory: string, files: Record<string, HubFile>) {
  for (const [content, file] of Object.entries(files)) {
    await Deno.writeTextFile(join(directory, partName(file)), content);
  }
}

Deno.test("parts take their places, parts of other versions go, and other files stay", async () => {
  await using directory = await temporaryDirectory();
  const [config, weights] = [fileOf("config.json", "1"), fileOf("model.safetensors", "2")];
  await parts(directory.path, { config, weights, stale: fileOf("model.safetensors", "0") });
  await Deno.writeTextFile(join(directory.path, "mine.part"), "mine");
  await install({ directory: directory.path, files: [config, weights], origin });
  assert.deepEqual(await contents(directory.path), {
    "config.json": "config",
    "model.safetensors": "weights",
    "mine.part": "mine",
  });
});

Deno.test("a new version replaces the old one's files and removes those it lacks", async () => {
  await using directory = await temporaryDirectory();
  const old = { config: fileOf("config.json", "1"), weights: fileOf("model.safetensors", "2") };
  await parts(directory.path, old);
  await install({ directory: directory.path, files: Object.values(old), origin });
  const index = fileOf("model.safetensors.index.json", "3");
  await parts(directory.path, { index });
  await install({ directory: directory.path, files: [old.config, index], origin });
  assert.deepEqual(await contents(directory.path), {
    "config.json": "config",
    "model.safetensors.index.json": "index",
  });
});

Deno.test("an installation that was cut short at any point is finished by the next one", async () => {
  const renew = { config: fileOf("config.json", "3"), weights: fileOf("model.safetensors", "4") };
  // What lies in the directory after each step of an installation.
  const cuts: Record<string, string>[] = [
    {
      [partName(renew.config)]: "config",
      [partName(renew.weights)]: "weights",
      "model.safetensors": "old",
    },
    { [partName(renew.config)]: "config", "model.safetensors": "weights" },
    { "config.json": "config", "model.safetensors": "weights" },
  ];
  for (const cut of cuts) {
    await using directory = await temporaryDirectory();
    for (const [name, text] of Object.entries(cut)) {
      await Deno.writeTextFile(join(directory.path, name), text);
    }
    await install({ directory: directory.path, files: Object.values(renew), origin });
    assert.deepEqual(await contents(directory.path), {
      "config.json": "config",
      "model.safetensors": "weights",
    });
  }
});
