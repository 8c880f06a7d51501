import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { record, spans, text, texts, tokenIds } from "../../src/wire/fields.ts";
import { defaultWireLimits } from "../../src/wire/limits.ts";

const limits = { ...defaultWireLimits, charactersPerText: 8, tokensPerList: 4 };

function accepts(schema: z.ZodType, value: unknown): boolean {
  return schema.safeParse(value).success;
}

Deno.test("a text is accepted exactly where UTF-8 can carry it", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("a", "\ud83c", "\udfac", "é")), (units) => {
    const value = units.join("");
    const carried = new TextDecoder().decode(new TextEncoder().encode(value)) === value;
    const schema = text(defaultWireLimits);
    assert.equal(accepts(schema, value), carried);
  }));
});

Deno.test("the short ways to accept elements agree with their schemas", () => {
  const values = fc.oneof(
    fc.constantFrom("x", "\ud83c", "x".repeat(9), 0, 1, -1, 0.5, 2 ** 31, 2 ** 31 - 1, NaN, null),
    fc.array(fc.constantFrom<unknown>(0, 1, 5, -1, 0.5, "0"), { maxLength: 3 }),
  );
  fc.assert(fc.property(values, (value) => {
    const whole = z.int().min(0).max(2 ** 31 - 1);
    const span = z.tuple([whole, whole]).refine(([start, end]) => start <= end);
    assert.equal(accepts(texts(limits, { max: 3 }), [value]), accepts(text(limits), value));
    assert.equal(accepts(tokenIds(limits), [value]), accepts(whole, value));
    assert.equal(accepts(spans(limits), [value]), accepts(span, value));
  }));
});

Deno.test("texts must be some, ids and spans may be none", () => {
  assert.equal(accepts(texts(limits, { max: 3 }), []), false);
  assert.equal(accepts(tokenIds(limits), []), true);
  assert.equal(accepts(spans(limits), []), true);
});

Deno.test("a record takes its keys and no others", () => {
  const point = record({ x: z.number(), y: z.number().optional() });
  assert.equal(accepts(point, { x: 1 }), true);
  const [issue] = point.safeParse({ x: 1, z: 2 }).error?.issues ?? [];
  assert.equal(issue?.message, "has an unknown key (its keys are x, y)");
});
