import assert from "node:assert/strict";
import fc from "fast-check";
import { findJsonFault } from "../../src/http/json_syntax.ts";

const faults: readonly [text: string, position: number, found: string][] = [
  ["", 0, "end of input"],
  ["  ", 2, "end of input"],
  ["{", 1, "end of input"],
  ["{,}", 1, '","'],
  ['{"a"}', 4, '"}"'],
  ['{"a":}', 5, '"}"'],
  ['{"a":1,}', 7, '"}"'],
  ["[1,]", 3, '"]"'],
  ["[1 2]", 3, '"2"'],
  ["[1}", 2, '"}"'],
  ["[}", 1, '"}"'],
  ["tru", 0, '"t"'],
  ["01", 1, '"1"'],
  ["1.", 1, '"."'],
  ["-", 0, '"-"'],
  ["NaN", 0, '"N"'],
  ["{'a':1}", 1, `"'"`],
  ['"a', 2, "end of input"],
  ['"a\\x"', 2, '"\\\\"'],
  ['"a\\u12g4"', 2, '"\\\\"'],
  ['"tab\there"', 4, '"\\t"'],
  ["[1] x", 4, '"x"'],
  ["{} {}", 3, '"{"'],
  ["[😍]", 1, '"😍"'],
  ['["😍" x', 5, '"x"'],
];

for (const [text, position, found] of faults) {
  Deno.test(`the fault of ${JSON.stringify(text)} is ${found} at ${position}`, () => {
    const fault = findJsonFault(text);
    assert.deepEqual([fault?.position, fault?.found], [position, found]);
  });
}

Deno.test("a fault's line and column count from 1", () => {
  assert.deepEqual(findJsonFault('{\n  "a": 1,\n  b: 2\n}'), {
    position: 14,
    line: 3,
    column: 3,
    found: '"b"',
  });
});

Deno.test("text nested ten thousand deep is read to its end", () => {
  assert.equal(findJsonFault("[".repeat(1e4))?.position, 1e4);
  assert.equal(findJsonFault("[".repeat(1e4) + "]".repeat(1e4)), undefined);
});

Deno.test("a fault is found exactly where JSON.parse refuses, whatever the text", () => {
  const marks = ["{", "}", "[", "]", ":", ",", '"', "\\", "u", "0", "1", "-", ".", "e", "+", " "];
  const words = ["true", "false", "null", '"a"', "\n", "\u0001", "12", "\\n", "é", "\ud800"];
  const text = fc.array(fc.constantFrom(...marks, ...words), { maxLength: 12 })
    .map((parts) => parts.join(""));
  const written = fc.json().chain((json) =>
    fc.nat({ max: json.length }).map((cut) => json.slice(0, cut))
  );
  fc.assert(
    fc.property(fc.oneof(text, written, fc.json()), (text) => {
      assert.equal(findJsonFault(text) === undefined, parses(text));
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("what stands before a fault can be continued to JSON, and the fault cannot be kept", () => {
  fc.assert(
    fc.property(fc.json(), fc.nat(), fc.constantFrom("#", "'", "\u0002"), (json, at, bad) => {
      const cut = at % (json.length + 1);
      const text = json.slice(0, cut) + bad + json.slice(cut);
      const position = findJsonFault(text)?.position;
      if (parses(text)) assert.equal(position, undefined);
      else assert.ok(position !== undefined && position <= cut, `${position} in ${text}`);
    }),
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
