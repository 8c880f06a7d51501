import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { assetNames, readAsset } from "../../src/page/assets.ts";

const folder = new URL("../../src/page/", import.meta.url);

Deno.test("every file of the folder is served, but the list itself", () => {
  const files = readdirSync(folder).filter((name) => !name.endsWith(".ts"));
  assert.deepEqual([...assetNames].toSorted(), files.toSorted());
});

Deno.test("a file is read with its type and a tag that follows from its bytes", async () => {
  const script = await readAsset("main.js");
  assert.equal(script.contentType, "text/javascript; charset=utf-8");
  assert.deepEqual(script.bytes, await Deno.readFile(new URL("main.js", folder)));
  assert.equal(script.etag, (await readAsset("main.js")).etag);
  assert.notEqual(script.etag, (await readAsset("dom.js")).etag);
});

Deno.test("no file of the page names another host", async () => {
  for (const name of assetNames) {
    const text = new TextDecoder().decode((await readAsset(name)).bytes);
    const hosts = text.match(/\bhttps?:\/\/[^\s"')]+/g) ?? [];
    assert.deepEqual(hosts.filter((url) => url !== "http://www.w3.org/2000/svg"), [], name);
  }
});

Deno.test("every module that a module of the page imports is served", async () => {
  for (const name of assetNames.filter((name) => name.endsWith(".js"))) {
    const text = new TextDecoder().decode((await readAsset(name)).bytes);
    for (const [, path] of text.matchAll(/^import .* from "\.\/(.+)";$/gm)) {
      assert.ok((assetNames as readonly string[]).includes(path ?? ""), `${name} imports ${path}`);
    }
  }
});
