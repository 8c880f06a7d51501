import assert from "node:assert/strict";
import { assetNames } from "../../src/page/assets.ts";
import { fakeApp } from "./fake_app.ts";

Deno.test("the page is served at the root", async () => {
  const response = await fakeApp().app.request("/");
  assert.equal(response.status, 200);
  assert.match(response.headers.get("Content-Type") ?? "", /^text\/html/);
  assert.match(await response.text(), /<title>Abacus<\/title>/);
});

Deno.test("every file of the page is served with its type, once for all browsers that have it", async () => {
  const { app } = fakeApp();
  for (const name of assetNames.filter((name) => name !== "index.html")) {
    const first = await app.request(`/page/${name}`);
    assert.equal(first.status, 200, name);
    const etag = first.headers.get("ETag") ?? "";
    assert.match(etag, /^"[0-9a-f]{32}"$/);
    assert.equal(first.headers.get("Cache-Control"), "no-cache");
    await first.body?.cancel();
    const again = await app.request(`/page/${name}`, { headers: { "If-None-Match": etag } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
    const weak = await app.request(`/page/${name}`, { headers: { "If-None-Match": `W/${etag}` } });
    assert.equal(weak.status, 304);
  }
});

Deno.test("nothing else of the folder is served", async () => {
  const { app } = fakeApp();
  for (
    const path of [
      "/page/assets.ts",
      "/page/",
      "/page",
      "/page/../errors.ts",
      "/page/%2e%2e/errors.ts",
      "/page/index.html",
    ]
  ) {
    const response = await app.request(path);
    assert.equal(response.status, 404, path);
    await response.body?.cancel();
  }
});
