import assert from "node:assert/strict";
import { join } from "node:path";
import { findModel, isHubId, modelName } from "../../src/model/find_model.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

async function modelsWith(...files: string[]) {
  const models = await temporaryDirectory();
  for (const file of files) {
    await Deno.mkdir(join(models.path, file, ".."), { recursive: true });
    await Deno.writeTextFile(join(models.path, file), "{}");
  }
  return models;
}

Deno.test("a directory is the model itself, made absolute", async () => {
  await using models = await modelsWith("mine/config.json");
  const path = join(models.path, "mine");
  assert.equal(await findModel(`${path}/`), path);
  assert.equal(await findModel(`${path}/../mine`), path);
});

Deno.test("a hub id is the model that was pulled under that id", async () => {
  await using models = await modelsWith("owner/reward-1.5/config.json", "old/config.json");
  const options = { models: models.path };
  assert.equal(await findModel("owner/reward-1.5", options), join(models.path, "owner/reward-1.5"));
  assert.equal(await findModel("old", options), join(models.path, "old"));
});

const wrong: [what: string, argument: string, message: RegExp][] = [
  [
    "a hub id that was not pulled",
    "owner/other",
    /here or in .*; 'deno task pull owner\/other' fetches it from the hub: received owner\/other$/,
  ],
  [
    "a pull that was interrupted",
    "owner/half",
    /no config\.json, as after a pull that was interrupted; 'deno task pull owner\/half'/,
  ],
  [
    "a word that is no directory",
    "movie-rewrad",
    /no such directory, here or in .*: received movie-rewrad$/,
  ],
  [
    "a path that is no directory",
    "./some/where/else",
    /no such directory: received \.\/some\/where\/else$/,
  ],
  ["a path out of the models", "../owner/half", /no such directory: received/],
];

for (const [what, argument, message] of wrong) {
  Deno.test(`${what} is an error that says so`, async () => {
    await using models = await modelsWith("owner/half/model.safetensors.0123.part");
    await assert.rejects(findModel(argument, { models: models.path }), {
      kind: "bad_model",
      message,
    });
  });
}

Deno.test("a file is refused with the advice to name its directory", async () => {
  await using models = await modelsWith("mine/config.json");
  await assert.rejects(findModel(join(models.path, "mine/config.json")), {
    kind: "bad_model",
    message: /a model is the directory around it/,
  });
});

Deno.test("a model is called by the last part of its directory", () => {
  assert.deepEqual(
    ["models/movie-reward", "/a/b/", "/a/b/.", "/"].map(modelName),
    ["movie-reward", "b", "b", "model"],
  );
});

const ids: [id: string, passes: boolean][] = [
  ["owner/name", true],
  ["Owner-1/Llama-3.1-8B_reward.v2", true],
  ["gpt2", true],
  ["_private/name", true],
  ["", false],
  ["/", false],
  ["/name", false],
  ["owner/", false],
  ["a/b/c", false],
  [".", false],
  ["..", false],
  ["../name", false],
  ["owner/..", false],
  ["owner/a..b", false],
  ["owner/.hidden", false],
  ["owner\\name", false],
  ["owner/na me", false],
  ["owner/name\n", false],
  ["owner/name@main", false],
  [`owner/${"x".repeat(97)}`, false],
  ["https://huggingface.co/owner/name", false],
];

for (const [id, passes] of ids) {
  Deno.test(`${JSON.stringify(id)} ${passes ? "may be" : "cannot be"} a model of the hub`, () => {
    assert.equal(isHubId(id), passes);
  });
}
