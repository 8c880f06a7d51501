/**
 * Prints JSON schemas as TypeScript, so that the package has the types without zod. It knows the part
 * of JSON Schema that our schemas use and throws at anything else, rather than print a wider type.
 *
 * @module
 */

/** The part of JSON Schema that our schemas use. */
export interface JsonSchema {
  readonly type?: string;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | false;
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
}

/** The definitions of a schema as exported types, by their names. */
export function printDefinitions({ $defs = {} }: JsonSchema): Map<string, string> {
  return new Map(
    Object.entries($defs).map(([name, schema]) => [
      name,
      `${comment(schema, "")}export type ${name} = ${printType(schema)};\n`,
    ]),
  );
}

/**
 * A schema as a type.
 *
 * @throws {TypeError} for a schema of another kind
 *
 * @example A list of pairs, or nothing
 * ```ts
 * import { printType } from "./print_type.ts";
 * import assert from "node:assert/strict";
 *
 * const integer = { type: "integer" };
 * const pair = { type: "array", prefixItems: [integer, integer], items: false } as const;
 * assert.equal(printType({ type: "array", items: pair }), "Array<[number, number]>");
 * ```
 */
export function printType(schema: JsonSchema, indent = ""): string {
  const { $ref, anyOf, enum: values, type } = schema;
  if ($ref !== undefined) return $ref.replace("#/$defs/", "");
  if (anyOf !== undefined) return anyOf.map((form) => printType(form, indent)).join(" | ");
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  switch (type) {
    case "string":
    case "boolean":
    case "null":
      return type;
    case "number":
    case "integer":
      return "number";
    case "array":
      return printList(schema, indent);
    case "object":
      return printObject(schema, indent);
  }
  throw new TypeError(
    `Cannot print a schema as its type is unknown: received ${JSON.stringify(schema)}`,
  );
}

function printList({ items, prefixItems }: JsonSchema, indent: string): string {
  if (prefixItems !== undefined && items === false) {
    return `[${prefixItems.map((item) => printType(item, indent)).join(", ")}]`;
  }
  if (!items) throw new TypeError("Cannot print a list as its schema has no members");
  return `Array<${printType(items, indent)}>`;
}

/**
 * Optional properties may also be undefined, as in zod's types. Where an object may have other properties,
 * they may be anything: that is what our schemas say of messages.
 */
function printObject(
  { properties = {}, required = [], additionalProperties }: JsonSchema,
  indent: string,
): string {
  const inner = `${indent}  `;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const type = printType(schema, inner);
    const field = required.includes(name) ? `${name}: ${type}` : `${name}?: ${type} | undefined`;
    return `${comment(schema, inner)}${inner}${field};\n`;
  });
  const others = additionalProperties ? [`${inner}[key: string]: unknown;\n`] : [];
  return `{\n${[...lines, ...others].join("")}${indent}}`;
}

function comment({ description }: JsonSchema, indent: string): string {
  return description === undefined ? "" : `${indent}/** ${description} */\n`;
}
