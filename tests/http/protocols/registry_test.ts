import assert from "node:assert/strict";
import { protocols } from "../../../src/http/protocols/registry.ts";

Deno.test("no two protocols share a name or a route, and the first is that of Abacus", () => {
  const names = protocols.map(({ name }) => name);
  const paths = protocols.flatMap(({ routes }) => routes.map(({ path }) => path));
  assert.equal(new Set(names).size, names.length);
  assert.equal(new Set(paths).size, paths.length);
  assert.equal(paths[0], "/v1/rewards");
});
