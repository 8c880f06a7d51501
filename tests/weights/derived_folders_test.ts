import assert from "node:assert/strict";
import { join } from "node:path";
import { derivedFolders, emptyCache } from "../../src/weights/derived_folders.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const key = "0123456789abcdef0123456789abcdef";

async function cache() {
  const directory = await temporaryDirectory();
  for (const name of [`int8-${key}`, `float16-${key}`, "models", "int8-short"]) {
    await Deno.mkdir(join(directory.path, name));
    await Deno.writeTextFile(join(directory.path, name, "model.safetensors"), name);
  }
  await Deno.writeTextFile(join(directory.path, `int8-${key}`, "left.draft"), "123");
  return directory;
}

Deno.test("the folders of a cache are told with their bytes, and nothing beside them", async () => {
  await using place = await cache();
  const found = await derivedFolders(place.path);
  assert.deepEqual(found.map(({ path, bytes }) => [path.slice(place.path.length + 1), bytes]), [
    [`float16-${key}`, `float16-${key}`.length],
    [`int8-${key}`, `int8-${key}`.length + 3],
  ]);
});

Deno.test("an emptied cache keeps what is not its own", async () => {
  await using place = await cache();
  await Deno.writeTextFile(join(place.path, `int8-${key}`, "notes.txt"), "mine");
  assert.equal((await emptyCache(place.path)).length, 2);
  const left = [...Deno.readDirSync(place.path)].map(({ name }) => name).toSorted();
  assert.deepEqual(left, [`int8-${key}`, "int8-short", "models"]);
  const own = [...Deno.readDirSync(join(place.path, `int8-${key}`))].map(({ name }) => name);
  assert.deepEqual(own, ["notes.txt"]);
});

Deno.test("a cache that is not there is empty", async () => {
  await using place = await temporaryDirectory();
  assert.deepEqual(await derivedFolders(join(place.path, "none")), []);
  assert.deepEqual(await emptyCache(join(place.path, "none")), []);
});
