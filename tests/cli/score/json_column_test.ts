import assert from "node:assert/strict";
import { jsonColumn, type JsonType, jsonType } from "../../../src/cli/score/json_column.ts";

Deno.test("the type of a value is the narrowest that holds it", () => {
  const cases: [unknown, JsonType][] = [
    [null, "null"],
    [undefined, "null"],
    [true, "boolean"],
    [3, "integer"],
    [-0.5, "number"],
    [2 ** 53, "number"],
    ["x", "string"],
    [[], "empty list"],
    [["a", "b"], "list of string"],
    [[1, 2], "list of integer"],
    [[1, "a"], "other"],
    [[1, 0.5], "other"],
    [[[1]], "other"],
    [[null], "other"],
    [{ a: 1 }, "other"],
  ];
  for (const [value, type] of cases) assert.equal(jsonType(value), type, JSON.stringify(value));
});

function columnFor(...values: unknown[]) {
  const { column, encode } = jsonColumn("c", new Set(values.map(jsonType)));
  const leaf = column.at(-1);
  const type = `${column.length > 1 ? "list of " : ""}${leaf?.converted_type ?? leaf?.type}`;
  return [type, values.map(encode)];
}

Deno.test("values of one type get its column, others one that holds them all", () => {
  assert.deepEqual(columnFor(true, null), ["BOOLEAN", [true, null]]);
  assert.deepEqual(columnFor(1, 2), ["INT64", [1n, 2n]]);
  assert.deepEqual(columnFor(1, 0.5), ["DOUBLE", [1, 0.5]]);
  assert.deepEqual(columnFor("a", null), ["UTF8", ["a", null]]);
  assert.deepEqual(columnFor(null), ["BOOLEAN", [null]]);
  assert.deepEqual(columnFor(["a"], [], null), ["list of UTF8", [["a"], [], null]]);
  assert.deepEqual(columnFor([1], []), ["list of INT64", [[1n], []]]);
  assert.deepEqual(columnFor([]), ["list of UTF8", [[]]]);
  assert.deepEqual(columnFor({ a: 1 }, [1]), ["JSON", [{ a: 1 }, [1]]]);
  assert.deepEqual(columnFor("a", 1, { b: 2 }, null), ["UTF8", ["a", "1", '{"b":2}', null]]);
});
