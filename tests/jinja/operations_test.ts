import assert from "node:assert/strict";
import { operate, withSign } from "../../src/jinja/arithmetic.ts";
import { getAttribute, getItem, hasAttribute } from "../../src/jinja/attributes.ts";
import { braceFormat } from "../../src/jinja/brace_format.ts";
import { Budget } from "../../src/jinja/budget.ts";
import { capitalized, isAllIn, isTitled, swapped, titled } from "../../src/jinja/casing.ts";
import { filters, foreignFilters } from "../../src/jinja/filters.ts";
import { attributeFilters } from "../../src/jinja/filters_by_attribute.ts";
import { itemFilters } from "../../src/jinja/filters_of_items.ts";
import { numberFilters } from "../../src/jinja/filters_of_numbers.ts";
import { textFilters } from "../../src/jinja/filters_of_texts.ts";
import { fromJson } from "../../src/jinja/from_json.ts";
import { jsonText } from "../../src/jinja/json_text.ts";
import { percentFormat } from "../../src/jinja/percent_format.ts";
import { reprOf } from "../../src/jinja/python_text.ts";
import { splitLines, splitText } from "../../src/jinja/split.ts";
import { stripped } from "../../src/jinja/strip.ts";
import { tests } from "../../src/jinja/tests.ts";
import { textMethods } from "../../src/jinja/text_methods.ts";
import { Dict, Markup, Tuple, Undefined, type Value } from "../../src/jinja/values.ts";
import { rendered } from "./rendered.ts";

const budget = new Budget();

Deno.test("numbers and texts are calculated with as in Python", () => {
  const table: readonly (readonly [string, Value, Value, string])[] = [
    ["//", -7n, 2n, "-4"],
    ["%", -7n, 3n, "2"],
    ["%", 7.5, -2n, "-0.5"],
    ["//", 7.5, -2n, "-4.0"],
    ["/", 7n, 2n, "3.5"],
    ["/", 2n ** 70n, 3n, "3.935305402391371e+20"],
    ["**", 2n, -1n, "0.5"],
    ["**", 2n, 70n, "1180591620717411303424"],
    ["+", true, 1n, "2"],
    ["+", "a", "b", "'ab'"],
    ["+", new Markup("a"), "<", "Markup('a&lt;')"],
    ["*", "ab", 2n, "'abab'"],
    ["*", [1n], 2n, "[1, 1]"],
    ["+", new Tuple([1n]), new Tuple([2n]), "(1, 2)"],
    ["%", "%s-%s", new Tuple([1n, null]), "'1-None'"],
  ];
  for (const [operator, left, right, text] of table) {
    assert.equal(reprOf(operate(operator, [left, right], budget)), text, `${left} ${operator}`);
  }
  assert.equal(withSign("-", true), -1n);
  assert.throws(() => withSign("-", "a"), /bad operand type for unary -: 'str'/);
  assert.throws(() => operate("+", ["a", 1n], budget), /can only concatenate str \(not "int"\)/);
  assert.throws(
    () => operate("-", [[], 1n], budget),
    /unsupported operand type\(s\) for -: 'list'/,
  );
  assert.throws(() => operate("/", [1n, 0n], budget), /ZeroDivisionError/);
});

Deno.test("an attribute goes before an item, and what is in neither is undefined", () => {
  const dict = fromJson({ items: 1, content: 2 });
  assert.equal(getAttribute(dict, "content", budget), 2n);
  assert.equal(getItem(dict, "items", budget), 1n);
  assert.ok(hasAttribute(dict, "items", budget) && !hasAttribute(dict, "content", budget));
  assert.ok(getAttribute(dict, "nope", budget) instanceof Undefined);
  assert.ok(getItem([1n], 3n, budget) instanceof Undefined);
  assert.ok(getAttribute([], "append", budget) instanceof Undefined);
  assert.throws(() => getAttribute(new Undefined("'x' is undefined"), "a", budget), /'x' is und/);
  assert.equal(rendered("{{ x.__class__ }}{{ (1).__class__ }}"), "");
  assert.throws(() => rendered("{{ [].append(1) }}"), /SecurityError.*'append' of 'list' object/);
});

Deno.test("texts are formatted as by Python's % and format", () => {
  const table: readonly (readonly [string, Value, string])[] = [
    ["%5.1f|%-4s|%04d|%x", new Tuple([2.25, "a", -7n, 255n]), "  2.2|a   |-007|ff"],
    ["%(a)s %%", new Dict([["a", 1n]]), "1 %"],
    ["%r %s", new Tuple(["a", [1.0]]), "'a' [1.0]"],
    ["%*d", new Tuple([4n, 1n]), "   1"],
    ["%c%c", new Tuple([65n, "b"]), "Ab"],
    ["%e %g %#x", new Tuple([1234.5, 1e-7, 10n]), "1.234500e+03 1e-07 0xa"],
  ];
  for (const [template, values, text] of table) assert.equal(percentFormat(template, values), text);
  assert.throws(() => percentFormat("%d", "a"), /a real number is required, not str/);
  assert.throws(() => percentFormat("%s%s", 1n), /not enough arguments/);
  assert.throws(() => percentFormat("a", 1n), /not all arguments converted/);
  const given = { positional: [1n, "b"], named: new Map([["n", 1234.5]]) };
  assert.equal(
    braceFormat("{1}{0:03d}{{}} {n:,.1f}|{1:^5}|{1!r}", given, budget),
    "b001{} 1,234.5|  b  |'b'",
  );
  assert.throws(() => braceFormat("{2}", given, budget), /IndexError/);
  assert.throws(() => braceFormat("}", given, budget), /Single '}'/);
});

Deno.test("letters change their case as in Python", () => {
  assert.equal(titled("hello wORLD's 3d ǆ"), "Hello World'S 3D ǅ");
  assert.equal(capitalized("ßA ΑΣ"), "Ssa ας");
  assert.equal(swapped("aBß"), "AbSS");
  assert.ok(isAllIn("lower", "a1") && !isAllIn("lower", "1") && isAllIn("upper", "A-B"));
  assert.ok(isTitled("Ab Cd") && !isTitled("AB"));
});

Deno.test("space and line breaks are Python's", () => {
  assert.equal(stripped("\x1c\u3000a\ufeff\x85", { left: true, right: true }), "a\ufeff");
  assert.equal(
    stripped("\u{1F600}ab\u{1F600}", { right: true, characters: "\u{1F600}b" }),
    "\u{1F600}a",
  );
  const all = { most: -1, right: false };
  assert.deepEqual(splitText(" a \u2003b ", undefined, all), ["a", "b"]);
  assert.deepEqual(splitText(" a b  c ", undefined, { most: 1, right: false }), ["a", "b  c "]);
  assert.deepEqual(splitText(" a b  c ", undefined, { most: 1, right: true }), [" a b", "c"]);
  assert.deepEqual(splitText("a,b,c", ",", { most: 1, right: true }), ["a,b", "c"]);
  assert.deepEqual(splitLines("a\r\nb\x0bc\u2028"), ["a", "b", "c"]);
  assert.deepEqual(splitLines("a\n\nb", true), ["a\n", "\n", "b"]);
});

Deno.test("JSON is json.dumps'", () => {
  const value = fromJson({ b: [1, 2.5, null], a: "é\u2028<" });
  const plain = { ensureAscii: false, indent: null, separators: null, sortKeys: false };
  assert.equal(jsonText(value, plain), '{"b": [1, 2.5, null], "a": "é\u2028<"}');
  const other = { ensureAscii: true, indent: 2n, separators: null, sortKeys: true };
  assert.equal(
    jsonText(value, other),
    '{\n  "a": "\\u00e9\\u2028<",\n  "b": [\n    1,\n    2.5,\n    null\n  ]\n}',
  );
  assert.equal(jsonText([1n, []], { ...plain, separators: new Tuple([",", ":"]) }), "[1,[]]");
  assert.throws(() => jsonText(new Undefined(""), plain), /Object of type Undefined is not JSON/);
});

Deno.test("every filter and test of Jinja is known, or known to be unknown", () => {
  const parts = [textFilters, itemFilters, attributeFilters, numberFilters];
  assert.equal(parts.reduce((sum, part) => sum + Object.keys(part).length, 0), filters.size);
  assert.equal(filters.size + foreignFilters.size, 54);
  assert.equal(tests.size, 39);
  assert.ok(Object.keys(textMethods).length > 40);
});

Deno.test("filters that published templates use", () => {
  const table: readonly (readonly [string, string])[] = [
    ["{{ [3,1,2]|sort|join(',') }}", "1,2,3"],
    ["{{ 'a b'|title }} {{ 'aB'|capitalize }}", "A B Ab"],
    ["{{ '  x '|trim }}|{{ 'xax'|trim('x') }}", "x|a"],
    ["{{ nope|default('d') }}{{ ''|default('e', true) }}{{ nope|length }}", "de0"],
    ["{% for k, v in {'b': 1, 'a': 2}|dictsort %}{{ k }}{{ v }}{% endfor %}", "a2b1"],
    ["{{ [{'a': 1}, {'a': none}]|selectattr('a')|map(attribute='a')|list }}", "[1]"],
    ["{{ ['1', '2']|map('int')|sum }}{{ '3.7'|int }}{{ 'x'|float }}", "330.0"],
    ["{{ 'a\nb\n\nc'|indent(2) }}", "a\n  b\n\n  c"],
    ["{{ [1, 2, 3]|batch(2)|list }}{{ 'abc'|reverse }}", "[[1, 2], [3]]cba"],
    ["{{ 'abc'|first }}{{ [1, 2]|last }}{{ 2.5|round }}{{ -1|abs }}", "a22.01"],
    ["{{ messages is undefined and 1 is odd and 'x' is in('xyz') and [] is sequence }}", "True"],
  ];
  for (const [source, text] of table) assert.equal(rendered(source), text, source);
});
