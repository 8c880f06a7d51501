import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import type { z } from "zod";
import {
  besideProgram,
  help,
  integer,
  number,
  oneOf,
  text,
  toggle,
} from "../src/settings_readers.ts";

/** What is read of a text, or what is said to be expected. */
function read(schema: z.ZodType, given: string): unknown {
  const { success, data, error } = schema.safeParse(given);
  return success ? data : `expected ${error.issues[0]?.message}`;
}

const cases: readonly [name: string, schema: z.ZodType, given: Record<string, unknown>][] = [
  ["text", text(), { " a b ": "a b", "": "expected some text", " ": "expected some text" }],
  ["one of some names", oneOf("on", "off"), { on: "on", On: "expected one of on, off" }],
  ["an integer", integer(2, 10), {
    "2": 2,
    " 10 ": 10,
    "007": 7,
    "1": "expected an integer from 2 to 10",
    "11": "expected an integer from 2 to 10",
    "3.0": "expected an integer from 2 to 10",
    "+3": "expected an integer from 2 to 10",
    "3e0": "expected an integer from 2 to 10",
  }],
  ["a number", number(0, 100), {
    "0": 0,
    ".5": 0.5,
    "1.": 1,
    "1e2": 100,
    "1e+1": 10,
    "25E-1": 2.5,
    "100.001": "expected a number from 0 to 100",
    "-1": "expected a number from 0 to 100",
    "1e": "expected a number from 0 to 100",
    "0x1": "expected a number from 0 to 100",
    "Infinity": "expected a number from 0 to 100",
  }],
  ["a switch", toggle(), {
    true: true,
    on: true,
    "1": true,
    yes: true,
    false: false,
    off: false,
    "0": false,
    no: false,
    maybe: "expected true or false",
  }],
];

for (const [name, schema, given] of cases) {
  Deno.test(`${name} is read, or the words say what is expected`, () => {
    for (const [each, expected] of Object.entries(given)) {
      assert.deepEqual(read(schema, each), expected, `'${each}'`);
    }
  });
}

Deno.test("a path beside the program is found wherever it was started from", () => {
  assert.ok(existsSync(besideProgram("deno.json")));
  assert.ok(besideProgram("models/x").endsWith("/models/x"));
});

Deno.test("what the help says stays with the schema it was said of", () => {
  const schema = text().register(help, { description: "a name", value: "NAME" });
  assert.deepEqual(help.get(schema), { description: "a name", value: "NAME" });
  assert.equal(help.get(text()), undefined);
});
