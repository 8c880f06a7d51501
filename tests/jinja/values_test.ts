import assert from "node:assert/strict";
import { asCount, asText, positional, REQUIRED, take } from "../../src/jinja/arguments.ts";
import { Budget } from "../../src/jinja/budget.ts";
import { compareTexts, compareValues, contains, equals, ordered } from "../../src/jinja/compare.ts";
import { PythonFailure } from "../../src/jinja/failure.ts";
import { fromJson } from "../../src/jinja/from_json.ts";
import { escaped } from "../../src/jinja/html.ts";
import { reprOf, textFor } from "../../src/jinja/python_text.ts";
import { itemAt, iterate, lengthOf, sliced } from "../../src/jinja/sequences.ts";
import {
  Dict,
  hashed,
  isTrue,
  Markup,
  Range,
  Tuple,
  typeName,
  Undefined,
  type Value,
  View,
} from "../../src/jinja/values.ts";

const absent = new Undefined("'x' is undefined");

Deno.test("values are what Python says: their type, their truth, their print", () => {
  const table: readonly (readonly [Value, string, boolean, string])[] = [
    [null, "NoneType", false, "None"],
    [true, "bool", true, "True"],
    [0n, "int", false, "0"],
    [2n ** 70n, "int", true, "1180591620717411303424"],
    [0, "float", false, "0.0"],
    ["it's", "str", true, `"it's"`],
    [`'"\\\n\x7f\u00a0é`, "str", true, `'\\'"\\\\\\n\\x7f\\xa0é'`],
    [[], "list", false, "[]"],
    [["a", [1n]], "list", true, "['a', [1]]"],
    [new Tuple([1n]), "tuple", true, "(1,)"],
    [new Tuple([]), "tuple", false, "()"],
    [fromJson({ a: null, b: 1.5 }), "dict", true, "{'a': None, 'b': 1.5}"],
    [new Range(0n, 3n, 1n), "range", true, "range(0, 3)"],
    [new Range(3n, 0n, -2n), "range", true, "range(3, 0, -2)"],
    [new Markup("<b>"), "Markup", true, "Markup('<b>')"],
    [absent, "Undefined", false, "Undefined"],
    [new View(new Dict([["k", 1n]]), "items"), "dict_items", true, "dict_items([('k', 1)])"],
  ];
  for (const [value, type, truth, print] of table) {
    assert.equal(typeName(value), type);
    assert.equal(isTrue(value), truth, type);
    assert.equal(reprOf(value), print);
  }
  assert.equal(textFor(absent), "");
  assert.equal(textFor(new Markup("<b>")), "<b>");
});

Deno.test("numbers of JSON are whole where they have no fraction, and keys keep their order", () => {
  assert.equal(
    reprOf(fromJson({ b: 1, a: [2.5, undefined, true] })),
    "{'b': 1, 'a': [2.5, None, True]}",
  );
  assert.equal(reprOf(fromJson(2n ** 64n)), "18446744073709551616");
});

Deno.test("one, one point nought and true are one key", () => {
  const dict = new Dict([[1n, "a"], [true, "b"], [1, "c"], ["1", "d"]]);
  assert.equal(reprOf(dict), "{1: 'c', '1': 'd'}");
  assert.equal(hashed(new Tuple([1n, "a"])), hashed(new Tuple([true, new Markup("a")])));
  assert.throws(() => hashed([]), /unhashable type: 'list'/);
});

Deno.test("equality and order follow Python's types", () => {
  assert.ok(
    equals(1n, 1) && equals(true, 1n) && !equals("1", 1n) && !equals([1n], new Tuple([1n])),
  );
  assert.ok(equals(fromJson({ a: 1, b: 2 }), fromJson({ b: 2, a: 1 })));
  assert.ok(!equals(2n ** 53n + 1n, 2 ** 53));
  assert.ok(ordered([1n, "b"], "<", [1n, "c"]) && ordered(1n, ">=", true));
  assert.equal(ordered(NaN, "<", 1n) || ordered(NaN, ">=", 1n), false);
  assert.ok(compareTexts("\uffff", "\u{10000}") < 0);
  assert.throws(
    () => compareValues("a", 1n),
    /'<' not supported between instances of 'str' and 'int'/,
  );
  assert.throws(() => ordered(absent, "<", 1n), PythonFailure);
  assert.ok(contains("abc", "b") && contains([1n], 1) && contains(fromJson({ a: 1 }), "a"));
  assert.ok(!contains(absent, 1n));
  assert.throws(() => contains("abc", 1n), /requires string as left operand, not int/);
});

Deno.test("texts have as many items as code points", () => {
  const text = "a\u{1F600}b";
  assert.equal(lengthOf(text), 3);
  assert.deepEqual([...iterate(text)], ["a", "\u{1F600}", "b"]);
  assert.equal(itemAt(text, -2n), "\u{1F600}");
  assert.equal(itemAt([1n], 1n), undefined);
  assert.equal(sliced(text, [null, null, -1n]), "b\u{1F600}a");
  assert.deepEqual(sliced([1n, 2n, 3n], [1n, null]), [2n, 3n]);
  assert.equal(reprOf(sliced(new Range(0n, 10n, 1n), [1n, 8n, 3n])), "range(1, 8, 3)");
  assert.throws(() => sliced(1n, [null, null]), /'int' object is not subscriptable/);
  assert.throws(() => sliced("a", [null, null, 0n]), /slice step cannot be zero/);
  assert.throws(() => iterate(1n), /'int' object is not iterable/);
});

Deno.test("arguments are taken by their place or their name", () => {
  const parameters = { a: REQUIRED, b: 2n } as const;
  assert.deepEqual(take("f", positional(1n), parameters), [1n, 2n]);
  assert.deepEqual(take("f", { positional: [1n], named: new Map([["b", null]]) }, parameters), [
    1n,
    null,
  ]);
  assert.throws(() => take("f", positional(), parameters), /missing required argument: 'a'/);
  assert.throws(
    () => take("f", positional(1n, 2n, 3n), parameters),
    /at most 2 arguments \(3 given\)/,
  );
  const twice = { positional: [1n], named: new Map([["a", 1n]]) };
  assert.throws(() => take("f", twice, parameters), /multiple values for argument 'a'/);
  const unknown = { positional: [1n], named: new Map([["c", 1n]]) };
  assert.throws(() => take("f", unknown, parameters), /unexpected keyword argument 'c'/);
  assert.throws(() => asText(1n), /expected str, got int/);
  assert.throws(() => asCount(2n ** 80n), /too large/);
});

Deno.test("a budget ends", () => {
  const budget = new Budget({ steps: 3, size: 10, depth: 2 });
  budget.step(3);
  assert.throws(() => budget.step(), /more than 3 steps/);
  const sizes = new Budget({ steps: 30, size: 10, depth: 2 });
  sizes.write(10);
  assert.throws(() => sizes.write(1), /more than 10 characters/);
  assert.throws(() => sizes.make(11), /more than 10 characters of one value/);
  assert.throws(() => sizes.nested(() => sizes.nested(() => sizes.nested(() => 1))), /2 calls/);
});

Deno.test("what is escaped stays as it is", () => {
  assert.equal(escaped(`<a href="x">&'`), "&lt;a href=&#34;x&#34;&gt;&amp;&#39;");
  assert.equal(escaped(new Markup("<b>")), "<b>");
});
