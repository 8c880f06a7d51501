import assert from "node:assert/strict";
import { z } from "zod";
import { explain } from "../../src/wire/explain.ts";

function fault(schema: z.ZodType, value: unknown) {
  const { path, fault, received } = explain(schema.safeParse(value).error?.issues ?? [], value);
  return `${path || "it"} ${fault}: ${received}`;
}

const rows: readonly (readonly [string, z.ZodType, unknown, string])[] = [
  ["a type", z.boolean(), 1, "it must be true or false: 1"],
  ["a number too small", z.object({ a: z.number().min(2) }), { a: 1 }, "a must be at least 2: 1"],
  [
    "a list too short",
    z.array(z.int()).min(2),
    [1],
    "it must hold at least 2 elements: a list of 1",
  ],
  ["a text too short", z.string().min(1), "", "it must have at least 1 character: an empty string"],
  [
    "a value of a few",
    z.enum(["left", "right"]),
    "lefd",
    "it must be one of left, right (did you mean 'left'?): 'lefd'",
  ],
  [
    "a refinement of ours",
    z.int().refine((n) => n > 0, "must be positive"),
    -1,
    "it must be positive: -1",
  ],
  ["a format, in zod's words", z.email(), "x", "it is not right (Invalid email address): 'x'"],
  [
    "a multiple, in zod's words",
    z.number().multipleOf(2),
    3,
    "it is not right (Invalid number: must be a multiple of 2): 3",
  ],
  ["a path through lists and objects", z.object({ a: z.array(z.object({ b: z.string() })) }), {
    a: [{ b: "" }, {}],
  }, "a[1].b must be a string: nothing"],
];

for (const [name, schema, value, words] of rows) {
  Deno.test(`explained: ${name}`, () => assert.equal(fault(schema, value), words));
}

const shape = z.union([
  z.strictObject({ radius: z.number() }),
  z.strictObject({ width: z.number(), height: z.number() }),
], { error: "must be a circle or a box" });

Deno.test("of a union, the form whose keys are there is the one explained", () => {
  assert.equal(fault(shape, { radius: "x" }), "radius must be a number: 'x'");
  assert.equal(fault(shape, { width: 1 }), "height must be a number: nothing");
  assert.equal(
    fault(z.array(shape), [{ width: 1, height: "x" }]),
    "[0].height must be a number: 'x'",
  );
});

Deno.test("what is wrong within a key says which form was meant, however much is wrong there", () => {
  const sizes = z.strictObject({ a: z.string(), b: z.string() });
  const forms = z.union([z.strictObject({ sizes }), z.strictObject({ text: z.string() })]);
  assert.equal(
    fault(forms, { sizes: { c: 1, d: 2 } }),
    'sizes is not right (Unrecognized keys: "c", "d"): \'c\'',
  );
  const typed = z.union([z.string(), z.array(z.object({ a: z.number() }))], { error: "must be x" });
  assert.equal(fault(typed, [{ a: 1 }, { a: "b" }]), "[1].a must be a number: 'b'");
  assert.equal(fault(typed, 7), "it must be x: 7");
});

Deno.test("of forms of a list, the one that reads it furthest is explained", () => {
  const ids = z.array(z.int().min(0));
  const input = z.union([z.string(), z.array(z.string()), ids, z.array(ids)], "must be an input");
  const cases: readonly (readonly [unknown, string])[] = [
    [["a", "b", 5], "[2] must be a string: 5"],
    [["a", null], "[1] must be a string: null"],
    [[1, -2], "[1] must be at least 0: -2"],
    [[1.5], "[0] must be an integer: 1.5"],
    [[1, "a"], "[1] must be a number: 'a'"],
    [[[1], ["a"]], "[1][0] must be a number: 'a'"],
    [[[1], 2], "[1] must be a list: 2"],
    [[null], "it must be an input: a list of 1"],
    [[{}, 1], "it must be an input: a list of 2"],
  ];
  for (const [value, words] of cases) assert.equal(fault(input, value), words);
  const few = z.union([z.array(z.string()).max(1), z.array(z.int()).max(1)], "must be few");
  assert.equal(fault(few, ["a", "b"]), "it must be few: a list of 2");
});

Deno.test("a union that nothing speaks for is explained as a whole", () => {
  assert.equal(fault(shape, 7), "it must be a circle or a box: 7");
});

Deno.test("an unknown key is told before the key it was probably meant to be", () => {
  const strict = z.strictObject({ size: z.number() }, { error: "has an unknown key" });
  assert.equal(fault(strict, { sise: 1 }), "it has an unknown key: 'sise'");
});

Deno.test("a list or a text above its limit is too large; a number is only wrong", () => {
  const kind = (schema: z.ZodType, value: unknown) =>
    explain(schema.safeParse(value).error?.issues ?? [], value).kind;
  assert.equal(kind(z.array(z.int()).max(1), [1, 2]), "too_large");
  assert.equal(kind(z.string().max(1), "xx"), "too_large");
  assert.equal(kind(z.number().max(1), 2), "invalid_request");
  assert.equal(kind(z.tuple([z.int()], { error: "must be [n]" }), [1, 2]), "invalid_request");
});

Deno.test("a failure without issues is a mistake of the program", () => {
  assert.throws(() => explain([], 1), TypeError);
});

Deno.test("of a union of words and shapes, all forms are named, with the word that was meant", () => {
  const either = z.union([z.enum(["left", "right"]), z.strictObject({ at: z.number() })], {
    error: "must be one of left, right or { at }",
  });
  assert.equal(
    fault(z.object({ side: either }), { side: "lefd" }),
    "side must be one of left, right or { at } (did you mean 'left'?): 'lefd'",
  );
  assert.equal(fault(either, 3), "it must be one of left, right or { at }: 3");
  assert.equal(fault(either, { at: "x" }), "at must be a number: 'x'");
});
