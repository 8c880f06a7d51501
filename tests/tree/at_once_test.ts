import assert from "node:assert/strict";
import { fits } from "../../src/tree/at_once.ts";

const limit = { bytes: 1000, perPair: 10, perPlace: 100 };

Deno.test("pairs and places are counted together, and the limit itself still fits", () => {
  assert.ok(fits(limit, { pairs: 50, places: 5 }));
  assert.ok(!fits(limit, { pairs: 51, places: 5 }));
  assert.ok(!fits(limit, { pairs: 50, places: 6 }));
});

Deno.test("nothing fits where there is no limit, for then there is no memory either", () => {
  assert.ok(!fits(undefined, { pairs: 0, places: 0 }));
});
