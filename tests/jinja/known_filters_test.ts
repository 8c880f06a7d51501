import assert from "node:assert/strict";
import { SyntaxFailure } from "../../src/jinja/failure.ts";
import { expectKnown } from "../../src/jinja/known_filters.ts";
import { parseTemplate } from "../../src/jinja/parser.ts";

const isRefused = (source: string) => {
  try {
    expectKnown(parseTemplate(source).body);
    return false;
  } catch (failure) {
    assert.ok(failure instanceof SyntaxFailure);
    assert.match(failure.message, /^No (filter|test) named 'nope(\.x)?'\.$/);
    return true;
  }
};

Deno.test("filters and tests that there are not are refused, wherever they stand", () => {
  const sources = [
    "{{ 1|nope }}",
    "{{ 1|nope.x(2) }}",
    "{{ 1 is nope }}",
    "{% for x in [] %}{{ x|nope }}{% endfor %}",
    "{% if false %}{% for x in [] %}{{ x|nope }}{% endfor %}{% endif %}",
    "{% if false %}{% set x %}{{ 1|nope }}{% endset %}{% endif %}",
    "{% if false %}{% filter nope %}{% endfilter %}{% endif %}",
    "{% with a = 1|nope %}{% endwith %}",
    "{% macro f(a=1|nope) %}{% endmacro %}",
    "{{ text and (flag and 1|nope) }}",
  ];
  for (const source of sources) assert.ok(isRefused(source), source);
});

Deno.test("directly within a condition they are not", () => {
  const sources = [
    "{% if 'nope' is filter %}{{ 1|nope }}{% endif %}",
    "{% if false %}{% set x = 1|nope %}{% else %}{{ 2 }}{% endif %}",
    "{% if 1|nope %}{% endif %}",
    "{{ 1 if true else 2|nope }}",
    "{% if false %}{% for x in 1|nope %}{% endfor %}{% endif %}",
    "{% if false %}{% with a = 1|nope %}{% endwith %}{% endif %}",
  ];
  for (const source of sources) assert.ok(!isRefused(source), source);
});
