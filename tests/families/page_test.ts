import assert from "node:assert/strict";
import { architectureNames } from "../../src/architectures/registry.ts";
import { familiesPage, pagePath } from "./page.ts";
import { classTable } from "./table.ts";

Deno.test("docs/families.md is the table of what is served and tested (deno task families)", async () => {
  assert.equal(await Deno.readTextFile(pagePath), await familiesPage());
});

Deno.test("every class is compared with transformers, in a version that its golden files state", async () => {
  const rows = await classTable();
  assert.deepEqual(rows.map(({ name }) => name), architectureNames.toSorted());
  for (const { name, models, versions, methods, head, readAt } of rows) {
    assert.ok(models > 0 && versions.length > 0, name);
    for (const version of versions) assert.match(version, /^\d+\.\d+/, name);
    assert.ok(methods.length > 0 && head !== "" && readAt !== "", name);
  }
});

Deno.test("the README leaves the list of classes to the page", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  assert.ok(readme.includes("docs/families.md"));
});
