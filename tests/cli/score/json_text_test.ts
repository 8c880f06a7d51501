import assert from "node:assert/strict";
import fc from "fast-check";
import { jsonRow } from "../../../src/cli/score/json_row.ts";
import {
  elementsOf,
  isJsonText,
  JsonTextFault,
  readObjectText,
} from "../../../src/cli/score/json_text.ts";
import { UnreadableRow } from "../../../src/cli/score/row.ts";

Deno.test("what JSON.stringify writes is read as JSON.parse reads it, in order", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.nat(2), (object, space) => {
      const text = JSON.stringify(object, null, space);
      const { members } = readObjectText(text);
      const read = [...members].map(([key, value]) => [key, JSON.parse(value)]);
      assert.deepEqual(read, Object.entries(JSON.parse(text)));
      assert.ok(isJsonText(text));
    }),
  );
});

Deno.test("a text is JSON where JSON.parse takes it, but for the numbers of Python", () => {
  const pieces = fc.constantFrom(
    ...'{}[],:"\\ \t\n01.-+eEu'.split(""),
    '"a"',
    "true",
    "null",
    "\\u00e9",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      assert.equal(isJsonText(text), parses(text), text);
    }),
    { numRuns: 5_000 },
  );
});

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

Deno.test("values keep their text: digits, NaN, escapes and spaces", () => {
  const values = ["9007199254740993", "1e400", "1.0", "-0", "NaN", "-Infinity", '"\\u00e9"', "{ }"];
  for (const value of values) {
    assert.equal(readObjectText(`{"a" : ${value} }`).members.get("a"), value);
  }
  assert.deepEqual(elementsOf('[1.0, [2,3] ,"]"]'), ["1.0", "[2,3]", '"]"']);
});

Deno.test("a key that stands twice is a fault, also when it is written in two ways", () => {
  for (const text of ['{"a":1,"a":1}', '{"b":[{"a":1,"\\u0061":2}]}']) {
    assert.throws(() => readObjectText(text), new JsonTextFault("has the key 'a' twice"));
  }
  readObjectText('{"a":{"b":1},"b":{"b":1}}');
});

Deno.test("what is no object, or nested beyond measure, is a fault", () => {
  const faults: [string, string][] = [
    ["[1]", "is not a JSON object"],
    ['"x"', "is not a JSON object"],
    ["", "is not JSON"],
    ['{"a":1}x', "is not JSON"],
    ['{"a":"\t"}', "is not JSON"],
    ['{"a":+1}', "is not JSON"],
    [`{"a":${"[".repeat(100_000)}`, "is nested more than 512 deep"],
  ];
  for (const [text, message] of faults) {
    assert.throws(() => readObjectText(text), new JsonTextFault(message), text);
  }
});

Deno.test("a row is written as the line that it is, with what it gained", () => {
  const lines: [line: string, written: string][] = [
    [' {"id": 9007199254740993, "x": NaN}\r', '{"id": 9007199254740993, "x": NaN,"score":1}'],
    ["{}", '{"score":1}'],
    ["{ }", '{ "score":1}'],
  ];
  for (const [line, written] of lines) {
    const row = jsonRow(line, 1);
    assert.ok(!(row instanceof UnreadableRow));
    assert.equal(row.line({ score: 1 }), written);
  }
});
