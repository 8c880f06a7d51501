import assert from "node:assert/strict";
import { Budget } from "../../src/jinja/budget.ts";
import { Evaluator } from "../../src/jinja/evaluate.ts";
import { Executor } from "../../src/jinja/execute.ts";
import { globals, Namespace } from "../../src/jinja/globals.ts";
import { Loop } from "../../src/jinja/loop.ts";
import { Macro } from "../../src/jinja/macro.ts";
import { parseTemplate } from "../../src/jinja/parser.ts";
import { Scope } from "../../src/jinja/scope.ts";
import { rendered } from "./rendered.ts";

Deno.test("what a loop wrote before it goes on or ends is written", () => {
  const loop = (tag: string) =>
    `{% for i in range(4) %}{{ i }}{% if i == 1 %}${tag}{% endif %},{% else %}none{% endfor %}`;
  assert.equal(rendered(loop("{% continue %}")), "0,12,3,");
  assert.equal(rendered(loop("{% break %}")), "0,1");
  // As in Jinja, a round that is left does not count as one.
  assert.equal(rendered("{% for i in [1] %}{% break %}{% else %}none{% endfor %}"), "none");
});

Deno.test("assignments stay in their scope, and namespaces leave it", () => {
  const table: readonly (readonly [string, string])[] = [
    ["{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}", "231"],
    [
      "{% set n = namespace(x=1) %}{% for i in [1, 2] %}{% set n.x = n.x + i %}{% endfor %}{{ n.x }}",
      "4",
    ],
    ["{% if true %}{% set x = 1 %}{% endif %}{{ x }}", "1"],
    ["{% with x = 1, y = 2 %}{{ x + y }}{% endwith %}{{ x }}", "3"],
    ["{% set x %}a{% set y = 1 %}{% endset %}{{ x }}{{ y }}", "a"],
    ["{% set x | upper %}a{% endset %}{{ x }}", "A"],
    ["{% filter upper | trim %} a {% endfilter %}", "A"],
    ["{% generation %}{{ 1 }}{% endgeneration %}", "1"],
    ["{% set a, b = 'xy' %}{{ b }}{{ a }}", "yx"],
    ["{% for a, b in {'k': 1}.items() %}{{ a }}{{ b }}{% endfor %}", "k1"],
  ];
  for (const [source, text] of table) assert.equal(rendered(source), text, source);
  assert.throws(() => rendered("{% set x = 1 %}{% set x.y = 2 %}"), /non-namespace object/);
  assert.throws(() => rendered("{% set a, b = 'xyz' %}"), /too many values to unpack/);
});

Deno.test("macros know their parameters, their caller and the names around them", () => {
  const table: readonly (readonly [string, string])[] = [
    ["{% macro f(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ f(1) }}{{ f(1, b=2) }}", "1112"],
    ["{% macro f() %}{{ x }}{% endmacro %}{% set x = 1 %}{{ f() }}", "1"],
    ["{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, a=2) }}", "(1,){'a': 2}"],
    ["{% macro f() %}[{{ caller(1) }}]{% endmacro %}{% call(n) f() %}{{ n }}{% endcall %}", "[1]"],
    ["{% macro f(a) %}{{ a is defined }}{% endmacro %}{{ f() }}{{ f.name }}", "Falsef"],
  ];
  for (const [source, text] of table) assert.equal(rendered(source), text, source);
  assert.throws(() => rendered("{% macro f() %}{% endmacro %}{{ f(1) }}"), /not more than 0 arg/);
  assert.throws(() => rendered("{% macro f() %}{% endmacro %}{{ f(a=1) }}"), /no keyword argument/);
  const macro = new Macro({
    name: null,
    parameters: ["a"],
    special: new Set(),
    run: (given) => String(given.get("a")),
  });
  assert.equal(macro.call({ positional: [], named: new Map([["a", 5n]]) }), "5");
  assert.equal(macro.print(), "<Macro anonymous>");
});

Deno.test("a loop answers what templates ask about it", () => {
  const source = "{% for c in 'abc' %}{{ loop.index }}{{ loop.revindex0 }}{{ loop.first }}" +
    "{{ loop.last }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('x', 'y') }};{% endfor %}";
  assert.equal(rendered(source), "12TrueFalsebx;21FalseFalseacy;30FalseTruebx;");
  assert.equal(
    rendered(
      "{% for x in [1, [2, 3]] recursive %}{{ loop(x) if x is iterable else x }}{% endfor %}",
    ),
    "123",
  );
  const items = [1n, 2n, 3n][Symbol.iterator]();
  const loop = new Loop({ items, length: undefined, depth: 0, again: undefined });
  assert.equal(loop.next(), 1n);
  assert.equal(loop.attribute("length"), 3n);
  assert.equal(loop.attribute("nextitem"), 2n);
  assert.equal(loop.next(), 2n);
  assert.throws(() => loop.call({ positional: [], named: new Map() }), /'recursive' marker/);
});

Deno.test("functions of the environment", () => {
  const table: readonly (readonly [string, string])[] = [
    [
      "{{ range(3)|list }}{{ dict(a=1) }}{{ namespace(a=1) }}",
      "[0, 1, 2]{'a': 1}<Namespace {'a': 1}>",
    ],
    ["{% set j = joiner('|') %}{{ j() }}a{{ j() }}b", "a|b"],
    ["{% set c = cycler(1, 2) %}{{ c.next() }}{{ c.next() }}{{ c.next() }}{{ c.current }}", "1212"],
  ];
  for (const [source, text] of table) assert.equal(rendered(source), text, source);
  assert.throws(() => new Namespace().set("_x", 1n), /underscore-prefixed/);
  assert.throws(() => rendered("{{ range(0, 1, 0) }}"), /must not be zero/);
  assert.ok(globals.has("raise_exception"));
});

Deno.test("an executor renders a tree in a scope", () => {
  const { body, names } = parseTemplate("{{ a + 1 }}{{ b }}");
  const scope = new Scope(names, new Map([["a", 1n]]));
  assert.equal(new Executor(new Budget()).render(body, scope), "2");
  const [print] = body;
  assert.ok(print?.kind === "print");
  assert.equal(new Evaluator(new Budget()).evaluate(print.value, scope), 2n);
});
