import assert from "node:assert/strict";
import { AbacusError } from "../../../src/errors.ts";
import {
  charactersIn,
  teiErrors,
  teiHeaders,
  teiOptions,
} from "../../../src/http/protocols/tei.ts";

Deno.test("errors have TEI's types and statuses", () => {
  const cases = [
    ["invalid_request", "validation", 422],
    ["too_long", "validation", 422],
    ["overloaded", "overloaded", 429],
    ["deadline_exceeded", "overloaded", 504],
    ["model_failure", "backend", 424],
  ] as const;
  for (const [kind, type, status] of cases) {
    const error = new AbacusError(kind, "Cannot");
    assert.equal(teiErrors.statusOf[kind], status);
    assert.deepEqual(teiErrors.errorBody(error, "1", status), {
      error: "Cannot",
      error_type: type,
    });
  }
  assert.equal(teiErrors.statusOf.unauthorized, 401);
});

Deno.test("the body says whether texts are cut, and the URL where it does not", () => {
  const cut = (truncate: boolean | null, query = {}) =>
    teiOptions({ truncate, truncation_direction: "Left" }, query).truncation;
  assert.deepEqual([cut(true), cut(false), cut(null)], ["left", "none", "none"]);
  assert.equal(cut(null, { truncate: "right" }), "right");
});

Deno.test("costs are whole milliseconds in headers", () => {
  const cost = { tokens: 9, computedTokens: 9, tokenizeMs: 1.4, queueMs: 2, inferenceMs: 10.2 };
  const headers = teiHeaders(
    { completions: [], credit: { method: "abc", beta: 0.8 }, cost },
    charactersIn(["a", "🎬b"]),
    {
      device: "cuda",
    },
  );
  assert.equal(headers["x-total-time"], "14");
  assert.equal(headers["x-compute-characters"], "3");
  assert.equal(headers["x-compute-type"], "gpu");
});
