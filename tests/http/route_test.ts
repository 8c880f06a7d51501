import assert from "node:assert/strict";
import { nativeErrors } from "../../src/http/errors.ts";
import { PathMatcher } from "../../src/http/route.ts";

const errors = { ...nativeErrors };
const matcher = new PathMatcher([
  { method: "GET", path: "/", open: true },
  { method: "GET", path: "/v2/models/:name", open: false, errors },
  { method: "POST", path: "/v2/models/:name/infer", open: false, errors },
  { method: "GET", path: "/v2/health/live", open: true },
  { method: "GET", path: "/both", open: false },
  { method: "POST", path: "/both", open: true },
]);

Deno.test("a path is known by its pattern, whatever stands in its places", () => {
  for (const name of ["a", "movie-reward", "a%20b", "ü"]) {
    assert.equal(matcher.match(`/v2/models/${name}/infer`)?.pattern, "/v2/models/:name/infer");
  }
  assert.equal(matcher.match("/v2/models/a")?.pattern, "/v2/models/:name");
  assert.equal(matcher.match("/")?.pattern, "/");
});

Deno.test("what no route has is unknown", () => {
  for (const path of ["/v2", "/v2/models", "/v2/models/a/b/infer", "/v2/models//infer", "/x"]) {
    assert.equal(matcher.match(path), undefined, path);
  }
});

Deno.test("a path says what it allows, whether it is open and how it fails", () => {
  assert.equal(matcher.match("/v2/health/live")?.allow, "GET, HEAD, OPTIONS");
  assert.equal(matcher.match("/v2/models/a/infer")?.allow, "POST, OPTIONS");
  assert.equal(matcher.match("/both")?.allow, "GET, HEAD, POST, OPTIONS");
  assert.deepEqual(
    ["/", "/v2/models/a", "/both"].map((path) => matcher.match(path)?.open),
    [true, false, true],
  );
  assert.equal(matcher.match("/v2/models/a")?.errors, errors);
  assert.equal(matcher.match("/")?.errors, nativeErrors);
});
