/**
 * @module
 */

import assert from "node:assert/strict";
import {
  type JsonSchema,
  printDefinitions,
  printType,
} from "../../../src/client/package/print_type.ts";

Deno.test("what our schemas use has its type", () => {
  const cases: [JsonSchema, string][] = [
    [{ type: "string" }, "string"],
    [{ type: "integer" }, "number"],
    [{ type: "boolean" }, "boolean"],
    [{ anyOf: [{ type: "string" }, { type: "null" }] }, "string | null"],
    [
      { type: "object", properties: {}, additionalProperties: {} },
      "{\n  [key: string]: unknown;\n}",
    ],
    [{ type: "object", properties: {}, additionalProperties: false }, "{\n}"],
    [{ type: "string", enum: ["a", "b"] }, '"a" | "b"'],
    [{ const: "list" }, '"list"'],
    [{ $ref: "#/$defs/Model" }, "Model"],
    [
      { type: "array", items: { anyOf: [{ type: "string" }, { type: "number" }] } },
      "Array<string | number>",
    ],
    [
      { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
      "[string, number]",
    ],
  ];
  for (const [schema, type] of cases) assert.equal(printType(schema), type);
});

Deno.test("an object has its fields with what they mean, and some of them may be absent", () => {
  const inner = { type: "object", properties: { b: { type: "number" } }, required: ["b"] };
  const $defs = {
    Outer: {
      type: "object",
      description: "An outer one.",
      properties: { a: { ...inner, description: "An inner one." }, c: { type: "string" } },
      required: ["a"],
    },
  };
  assert.equal(
    printDefinitions({ $defs }).get("Outer"),
    [
      "/** An outer one. */",
      "export type Outer = {",
      "  /** An inner one. */",
      "  a: {",
      "    b: number;",
      "  };",
      "  c?: string | undefined;",
      "};",
      "",
    ].join("\n"),
  );
});

Deno.test("what is unknown is not guessed", () => {
  for (
    const schema of [{}, { type: "any" }, { type: "array" }, {
      type: "array",
      items: false,
    }] as const
  ) {
    assert.throws(() => printType(schema), /^TypeError: Cannot print/);
  }
});
