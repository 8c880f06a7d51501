import assert from "node:assert/strict";
import {
  beforePadding,
  lastNotPadding,
  lastToken,
} from "../../../src/architectures/heads/reading_places.ts";

Deno.test("padding decides where transformers and trainers read, and without it the last token is read", () => {
  const padded = { config: { pad_token_id: 0 } };
  assert.deepEqual(lastNotPadding(padded), { lastNot: 0 });
  assert.deepEqual(beforePadding(padded), { beforeFirst: 0 });
  for (const config of [{}, { pad_token_id: null }]) {
    assert.equal(lastNotPadding({ config }), "last");
    assert.equal(beforePadding({ config }), "last");
  }
  assert.equal(lastToken(), "last");
});
