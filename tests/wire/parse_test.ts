import assert from "node:assert/strict";
import { z } from "zod";
import { parseWire } from "../../src/wire/parse.ts";

const schema = z.object({ size: z.number().default(3) });

Deno.test("a value is read with its defaults", () => {
  assert.deepEqual(parseWire(schema, {}), { size: 3 });
});

Deno.test("a fault is an invalid request with its path", () => {
  assert.throws(() => parseWire(schema, { size: "x" }), {
    name: "AbacusError",
    kind: "invalid_request",
    path: "size",
    message: "Cannot read the request as size must be a number: received 'x'",
  });
});

Deno.test("a fault of the value itself has no path", () => {
  assert.throws(() => parseWire(schema, 3), {
    path: undefined,
    message: "Cannot read the request as it must be an object: received 3",
  });
});

Deno.test("the caller says what the value is", () => {
  assert.throws(() => parseWire(schema, 3, { what: "row 7" }), {
    message: "Cannot read row 7 as it must be an object: received 3",
  });
});
