import assert from "node:assert/strict";
import { fakeApp } from "./fake_app.ts";

Deno.test("the document and its page are served, with the version they were made by", async () => {
  const { app } = fakeApp({ version: "1.2.3" });
  const json = await app.request("/openapi.json");
  assert.match(json.headers.get("Content-Type") ?? "", /^application\/json/);
  assert.equal((await json.json()).info.version, "1.2.3");
  const page = await app.request("/docs");
  assert.match(page.headers.get("Content-Type") ?? "", /^text\/html/);
  assert.match(await page.text(), /Version 1\.2\.3/);
});

Deno.test("the page of the documentation needs no other host and no script", async () => {
  const html = await (await fakeApp().app.request("/docs")).text();
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? "");
  assert.ok(links.length > 3);
  for (const link of links) assert.doesNotMatch(link, /^\w+:|^\/\//);
  assert.doesNotMatch(html, /<script|\sstyle="|\son[a-z]+="/);
});
