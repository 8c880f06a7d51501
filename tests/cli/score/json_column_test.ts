import assert from "node:assert/strict";
import { columnForm, type JsonType, jsonType } from "../../../src/cli/score/json_column.ts";

Deno.test("the type of a value is the narrowest that holds it to the last digit", () => {
  const cases: Record<string, JsonType> = {
    null: "null",
    true: "boolean",
    3: "natural",
    "-3": "negative",
    9007199254740993: "long",
    "9007199254740993": "long",
    "-9223372036854775808": "negative long",
    "18446744073709551615": "unsigned long",
    "18446744073709551616": "other",
    "0.5": "real",
    "1.0": "real",
    "-0": "real",
    "1e3": "real",
    "1e23": "real",
    "0.10": "real",
    "0.1000000000000000055511151231257827": "other",
    "1e400": "other",
    NaN: "NaN",
    "-Infinity": "NaN",
    '"x"': "string",
    '"\\ud83d\\ude00"': "string",
    '"\\ud83d"': "other",
    "[]": "empty list",
    '["a", "b"]': "list of string",
    "[1,2]": "list of natural",
    "[1,0.5]": "list of real",
    "[0.5,NaN]": "list of real",
    '[1,"a"]': "other",
    "[[1]]": "other",
    "[null]": "other",
    '{"a":1}': "other",
    '{"a":"NaN"}': "other",
    '{"a":NaN}': "other with NaN",
  };
  for (const [value, type] of Object.entries(cases)) {
    // The number's own key is not its text.
    if (value !== "9007199254740992") assert.equal(jsonType(value), type, value);
  }
});

function columnFor(...values: string[]) {
  const { declared, encode } = columnForm("c", new Set(values.map(jsonType)));
  const leaf = declared.at(-1);
  const type = `${declared.length > 1 ? "list of " : ""}${leaf?.converted_type ?? leaf?.type}`;
  return [type, values.map((value) => value === "null" ? null : encode(value))];
}

Deno.test("values of one type get its column, others that of their JSON", () => {
  assert.deepEqual(columnFor("true", "null"), ["BOOLEAN", [true, null]]);
  assert.deepEqual(columnFor("1", "-9007199254740993"), ["INT64", [1n, -9007199254740993n]]);
  assert.deepEqual(columnFor("1", "18446744073709551615"), ["UINT_64", [1n, 2n ** 64n - 1n]]);
  assert.deepEqual(columnFor("1", "0.5", "NaN"), ["DOUBLE", [1, 0.5, NaN]]);
  assert.deepEqual(columnFor('"a\\n"', "null"), ["UTF8", ["a\n", null]]);
  assert.deepEqual(columnFor("null"), ["BOOLEAN", [null]]);
  assert.deepEqual(columnFor('["a"]', "[]", "null"), ["list of UTF8", [["a"], [], null]]);
  assert.deepEqual(columnFor("[1]", "[]"), ["list of INT64", [[1n], []]]);
  assert.deepEqual(columnFor("[1]", "[-Infinity]"), ["list of DOUBLE", [[1], [-Infinity]]]);
  assert.deepEqual(columnFor("[]"), ["list of UTF8", [[]]]);
  assert.deepEqual(columnFor('{"a":1.0}', "[1]"), ["JSON", ['{"a":1.0}', "[1]"]]);
  assert.deepEqual(columnFor('"1"', "1"), ["JSON", ['"1"', "1"]]);
  assert.deepEqual(columnFor("0.5", "9007199254740993"), ["JSON", ["0.5", "9007199254740993"]]);
});

Deno.test("NaN that no column can hold is refused by the column's name", () => {
  for (const values of [['{"a":NaN}'], ["NaN", '"x"'], ["[NaN]", "1"]]) {
    assert.throws(
      () => columnFor(...values),
      /Cannot score as Parquet cannot hold NaN .*: received the column 'c'$/,
    );
  }
});
