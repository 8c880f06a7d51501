import assert from "node:assert/strict";
import { protocols } from "../../../src/http/protocols/registry.ts";

Deno.test("no two protocols share an operation, and the first is that of Abacus", () => {
  const routes = protocols.flatMap(({ routes }) => routes);
  const operations = routes.map(({ operationId }) => operationId);
  assert.equal(new Set(operations).size, operations.length);
  assert.equal(routes[0]!.path, "/v1/rewards");
});

Deno.test("protocols that share a path tell their bodies apart", () => {
  const placed = protocols.flatMap((protocol) =>
    protocol.routes.map(({ path }) => ({ protocol, path }))
  );
  const shared = [...Map.groupBy(placed, ({ path }) => path).values()]
    .filter(({ length }) => length > 1);
  assert.deepEqual(shared.map(([first]) => first!.path), ["/classify", "/rerank"]);
  for (const { protocol } of shared.flat()) {
    assert.equal(protocol.speaks?.({}), false);
    assert.equal(protocol.speaks?.(null), false);
  }
});
