import assert from "node:assert/strict";
import { z } from "zod";
import { AbacusError } from "../../../src/errors.ts";
import { placedAt, scoreFields } from "../../../src/http/protocols/protocol.ts";
import { SampleError } from "../../../src/scorer/scored.ts";

const schema = z.object(scoreFields());

Deno.test("how to score has the defaults of the native protocol", () => {
  assert.deepEqual(schema.parse({}), { beta: 0.8, truncate: "none" });
});

Deno.test("how to score is held to the same limits", () => {
  for (const wrong of [{ method: "none" }, { beta: 2 }, { truncate: "middle" }, { close: "bos" }]) {
    assert.equal(schema.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
});

Deno.test("a number is one or the text of one, and nothing else becomes 0 or 1", () => {
  const read = (given: object) => schema.parse(given);
  assert.equal(read({ beta: "0.25" }).beta, 0.25);
  assert.equal(read({ beta: "2.5e-1" }).beta, 0.25);
  assert.deepEqual([read({ layer: "-1" }).layer, read({ layer: "all" }).layer], [-1, "all"]);
  assert.equal(read({ passes: "16" }).passes, 16);
  for (
    const wrong of ["", " ", " 1", "0x1", "1e", ".", "1e999", "Infinity", null, [], [1], true, {}]
  ) {
    for (const name of ["beta", "layer", "passes"]) {
      assert.equal(
        schema.safeParse({ [name]: wrong }).success,
        false,
        JSON.stringify({ [name]: wrong }),
      );
    }
  }
});

Deno.test("an error about a sample gets the place of that sample, and any other none", () => {
  const inner = new AbacusError("too_long", "Cannot encode", { path: "completion" });
  const path = (error: AbacusError) => placedAt(error, (sample) => `texts[${sample}]`).path;
  assert.deepEqual([path(new SampleError(inner, 3)), path(inner)], ["texts[3]", undefined]);
});
