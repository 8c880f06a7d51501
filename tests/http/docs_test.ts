import assert from "node:assert/strict";
import { docsPage } from "../../src/http/docs.ts";
import { statusOf } from "../../src/http/errors.ts";
import type { OpenApiDocument } from "../../src/http/openapi.ts";
import { wireErrorKinds } from "../../src/wire/error.ts";
import { fakeApp } from "./fake_app.ts";

const json = { "application/json": { schema: { type: "object", examples: [{ a: "<b>&</b>" }] } } };
const document: OpenApiDocument = {
  openapi: "3.1.0",
  info: { title: "T & T", version: "1", description: "About <it>." },
  paths: {
    "/x": {
      get: {
        operationId: "getX",
        tags: ["server"],
        summary: "Gets <x>",
        security: [{ bearer: [] }],
        responses: {
          200: { description: "It is", content: json },
          500: { description: "It fails", content: json },
        },
      },
    },
  },
  components: {
    schemas: { ErrorBody: { type: "object", properties: { error: { type: "object" } } } },
  },
};

Deno.test("a page says what the document does, and markup in it stays text", async () => {
  const html = String(await docsPage(document));
  assert.match(html, /<title>T &amp; T API<\/title>/);
  assert.match(html, /<b>GET<\/b> \/x/);
  assert.match(html, /Gets &lt;x&gt;\./);
  assert.match(html, /&lt;b&gt;&amp;&lt;\/b&gt;/);
  assert.match(html, /500 It fails/);
  assert.match(html, /Asks for the key/);
});

Deno.test("the kinds of failure stand in a table with their statuses", async () => {
  const html = String(await docsPage(document));
  for (const kind of wireErrorKinds) {
    assert.match(html, new RegExp(`<code>${kind}</code></dt>\\s*<dd>${statusOf[kind]}</dd>`));
  }
});

Deno.test("the page of the real document names every route, kind and field", async () => {
  const { app } = fakeApp();
  const html = await (await app.request("/docs")).text();
  const { paths } = await (await app.request("/openapi.json")).json();
  for (const path of Object.keys(paths)) assert.ok(html.includes(path), path);
  for (const field of ["token_spans", "prompt_ids", "response_mass", "computed_tokens", "beta"]) {
    assert.match(html, new RegExp(`<code>${field}</code>`));
  }
});
