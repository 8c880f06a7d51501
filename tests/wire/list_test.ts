import assert from "node:assert/strict";
import { z } from "zod";
import { list } from "../../src/wire/fields.ts";

const even = z.int().refine((value) => value % 2 === 0, "must be even");
const schema = list(even, { min: 1, max: 4 });

function issues(value: unknown) {
  return schema.safeParse(value).error?.issues ?? [];
}

Deno.test("a list of right elements is read as it is", () => {
  assert.deepEqual(schema.parse([2, 4]), [2, 4]);
});

Deno.test("only the first wrong element is told, at its place", () => {
  assert.deepEqual(issues([2, 3, 5, "x"]).map(({ path, message }) => [path, message]), [
    [[1], "must be even"],
  ]);
});

Deno.test("a list too short or too long is not looked into", () => {
  assert.deepEqual(issues([]).map(({ code }) => code), ["too_small"]);
  assert.deepEqual(issues([1, 1, 1, 1, 1]).map(({ code }) => code), ["too_big"]);
});

Deno.test("what is no list is told so", () => {
  for (const value of [undefined, null, {}, "2"]) {
    assert.deepEqual(issues(value).map(({ code }) => code), ["invalid_type"]);
  }
});

Deno.test("paths go on through lists of lists", () => {
  const nested = list(schema, { max: 2 });
  assert.deepEqual(nested.safeParse([[2], [4, 7]]).error?.issues[0]?.path, [1, 1]);
});

Deno.test("a short way to see that an element is right saves parsing it", () => {
  let parsed = 0;
  const counted = z.unknown().refine(() => ++parsed > 0);
  const quick = list(counted, { max: 9, isElement: (value) => value === 1 });
  quick.parse([1, 1, 2, 1]);
  assert.equal(parsed, 1);
});

Deno.test("the documentation knows the elements and the limits", () => {
  const { $schema: _, ...json } = z.toJSONSchema(list(z.int().min(0).max(9), { max: 4 }));
  const items = { type: "integer", minimum: 0, maximum: 9 };
  assert.deepEqual(json, { type: "array", items, minItems: 0, maxItems: 4 });
});
