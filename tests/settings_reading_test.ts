import assert from "node:assert/strict";
import { z } from "zod";
import { readingSettings } from "../src/settings_reading.ts";

Deno.test("the scores of steps are averaged unless it is said otherwise", () => {
  const schema = z.object(readingSettings());
  assert.deepEqual(schema.parse({}), {});
  for (const stepReduce of ["mean", "min", "product", "last", "sum"]) {
    assert.deepEqual(schema.parse({ stepReduce, stepAt: "line" }), { stepReduce, stepAt: "line" });
  }
  assert.throws(() => schema.parse({ stepReduce: "max" }));
});
