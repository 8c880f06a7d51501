/**
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { buildPackage, packageName } from "../../../src/client/package/build.ts";

Deno.test("the package holds the client, its types and nothing that it would have to fetch", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await buildPackage(folder);
    const files = new Map<string, string>();
    for await (const { name } of Deno.readDir(folder)) {
      files.set(name, await Deno.readTextFile(join(folder, name)));
    }
    const manifest = JSON.parse(files.get("package.json") ?? "");
    assert.equal(manifest.name, packageName);
    assert.equal(manifest.license, "Apache-2.0");
    assert.equal(manifest.dependencies, undefined);
    for (const name of ["mod.js", "mod.d.ts", "wire.d.ts", "client.js", "LICENSE", "README.md"]) {
      assert.ok(files.has(name), name);
    }
    for (const [name, text] of files) {
      if (!/\.(js|d\.ts)$/.test(name)) continue;
      const imported = [...text.matchAll(/^(?:import|export)\b[^;]*? from "([^"]+)";$/gm)];
      for (const [, target = ""] of imported) {
        assert.match(target, /^\.\/\w+\.js$/, `${name} imports ${target}`);
        const found = files.has(target.slice(2)) ||
          files.has(target.slice(2).replace(".js", ".d.ts"));
        assert.ok(found, `${name} imports ${target}`);
      }
      assert.doesNotMatch(text, /\bzod\b|file:\/\/|@example|import\("/, name);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
