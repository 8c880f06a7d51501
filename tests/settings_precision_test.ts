import assert from "node:assert/strict";
import { z } from "zod";
import { precisionSettings } from "../src/settings_precision.ts";

Deno.test("a model computes in float32 unless it is said otherwise, and nothing is removed", () => {
  const schema = z.object(precisionSettings());
  assert.deepEqual(schema.parse({}), { dtype: "auto", emptyCache: false });
  for (const dtype of ["float32", "float16", "bfloat16", "int8"]) {
    assert.equal(schema.parse({ dtype }).dtype, dtype);
  }
  assert.throws(() => schema.parse({ dtype: "float8" }));
});
