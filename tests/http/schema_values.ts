/**
 * Values that a JSON Schema describes, and values that miss it narrowly, for fuzzing. Covers what zod
 * writes for the requests of the server; what it does not know becomes any JSON.
 *
 * @module
 */

import fc from "fast-check";

/** A JSON Schema, as far as it is read here. */
export interface Schema {
  readonly $ref?: string;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly minItems?: number;
}

/** Named schemas, by their reference. */
export type Named = (reference: string) => Schema;

/** Most elements of a generated list that has no lower bound of its own. */
const LONGEST = 3;

/** Nested lists and objects that are generated before anything deeper is any JSON. */
const DEEPEST = 8;

/** Values of a schema. */
export function valuesOf(schema: Schema, named: Named, depth = 0): fc.Arbitrary<unknown> {
  const inner = (each: Schema) => valuesOf(each, named, depth + 1);
  const choices = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (depth > DEEPEST) return fc.jsonValue({ maxDepth: 1 });
  if (schema.$ref !== undefined) return inner(named(schema.$ref));
  if (choices !== undefined) return fc.oneof(...choices.map(inner));
  if ("const" in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (Array.isArray(schema.type)) {
    return fc.oneof(...schema.type.map((type) => inner({ ...schema, type })));
  }
  return valuesOfType(schema, inner);
}

function valuesOfType(
  { type, properties = {}, required = [], items = {}, prefixItems, minItems = 0 }: Schema,
  inner: (schema: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  switch (type) {
    case "object": {
      const fields: Record<string, fc.Arbitrary<unknown>> = {};
      for (const [name, each] of Object.entries(properties)) fields[name] = inner(each);
      return fc.record(fields, { requiredKeys: [...required] });
    }
    case "array":
      if (prefixItems !== undefined) return fc.tuple(...prefixItems.map(inner));
      return fc.array(inner(items), { minLength: minItems, maxLength: minItems + LONGEST });
    case "string":
      return fc.oneof(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constant(""));
    case "integer":
      return fc.oneof(fc.nat(20), fc.integer());
    case "number":
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 1 });
  }
}

/** What may be done to one place of a value. */
const misses: Readonly<Record<string, (value: unknown) => unknown>> = {
  absent: () => undefined,
  null: () => null,
  number: () => -1.5,
  fraction: () => 1e308,
  text: () => "\ud800\u0000",
  list: (value) => [value, value],
  object: (value) => ({ value }),
  prototype: () => JSON.parse('{"__proto__": {"a": 1}, "constructor": null}'),
  extra: (value) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? { ...value, unheard_of: 1 }
      : value,
  // As long as a text, or as a list, may hardly be.
  huge: (value) => typeof value === "string" ? "a ".repeat(20_000) : Array(2_000).fill(value),
  deep: () => JSON.parse("[".repeat(2_000) + "]".repeat(2_000)),
};

/** Which place of a value is missed, and how. */
export const missesArbitrary = fc.record({
  at: fc.nat(1_000),
  how: fc.constantFrom(...Object.keys(misses)),
});

/** The value with one of its places changed. */
export function missed(
  value: unknown,
  { at, how }: { readonly at: number; readonly how: string },
): unknown {
  const places = countPlaces(value);
  let left = at % places;
  const change = (each: unknown): unknown => {
    if (left-- === 0) return misses[how]!(each);
    if (Array.isArray(each)) return each.map(change);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, change(inner)]));
  };
  return change(value);
}

function countPlaces(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce((sum: number, each) => sum + countPlaces(each), 1);
}
