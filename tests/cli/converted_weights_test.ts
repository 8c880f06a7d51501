/** Converted weights as `inspect` shows and removes them. */

import assert from "node:assert/strict";
import { folderText } from "../../src/cli/converted_weights.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { tinyModel } from "../model/tiny_model.ts";
import { abacus } from "./command_line.ts";

Deno.test("inspect tells the size of weights that were converted, and --empty-cache removes them", async () => {
  await using model = await tinyModel();
  await readBlueprint(model.path, { dtype: "int8" });
  const shown = await abacus(["inspect", model.path]);
  assert.match(shown.printed, /^converted weights +[\d.]+ kB in .*\.abacus\/int8-[0-9a-f]{32}$/m);
  const removed = await abacus(["inspect", model.path, "--empty-cache"]);
  assert.match(removed.printed, /^converted weights +.*int8-[0-9a-f]{32}, removed$/m);
  assert.doesNotMatch((await abacus(["inspect", model.path])).printed, /converted weights/);
});

Deno.test("a folder is said with its size", () => {
  assert.equal(folderText({ path: "a/b", bytes: 1_810_000 }), "1.8 MB in a/b");
  assert.equal(folderText({ path: "a", bytes: 5, removed: true }), "5 bytes in a, removed");
});
