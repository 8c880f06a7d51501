import assert from "node:assert/strict";
import { ChatTemplate } from "../../src/text/chat_template.ts";

function rendered(source: string, content: string): string {
  return new ChatTemplate(source).render([{ role: "user", content }]);
}

Deno.test("strip takes the characters to strip, as in Python", () => {
  const table: [expression: string, content: string, want: string][] = [
    ["content.lstrip('\\n')", "\n\n  a\n", "  a\n"],
    ["content.rstrip('\\n')", "\n  a \n\n", "\n  a "],
    ["content.strip('ab')", "abcab", "c"],
    ["content.strip()", " \t a \n", "a"],
    ["content.strip('\u{1F600}x')", "x\u{1F600}a\u{1F600}x\u{1F600}", "a"],
    ["content | trim", "\n a \n", "a"],
    ["content | trim('\\n')", "\n a \n", " a "],
    ["(content | trim).lstrip('a')", " ab ", "b"],
    ["content.split('|')[-1].strip('.').upper()", "x|..y..", "Y"],
    ["[content.strip(), content.rstrip('!')] | join(',')", "a! ", "a!,a! "],
    ["{'k': content.strip()}['k']", " v ", "v"],
    ["content.strip()[0]", " first", "f"],
    ["missing | trim", "x", ""],
  ];
  for (const [expression, content, want] of table) {
    const source = `{% set content = messages[0].content %}{{ ${expression} }}`;
    assert.equal(rendered(source, content), want, expression);
  }
});

Deno.test("space is what Python holds for space", () => {
  const kept = "\uFEFFa\uFEFF";
  const source = "{{ messages[0].content | trim }}|{{ messages[0].content.strip() }}";
  assert.equal(rendered(source, `\x1c\x85\u3000${kept}\u2028\x1f\xa0`), `${kept}|${kept}`);
});

Deno.test("a strip of what is no text is refused", () => {
  assert.throws(() => rendered("{{ none.strip() }}", ""), /strip expects text, not undefined/);
  assert.throws(() => rendered("{{ messages | trim }}", ""), /not a list or mapping/);
});

Deno.test("strips inside macros, loops, conditions and calls are found", () => {
  const source = `{% macro show(x) %}[{{ x.strip('.') }}]{% endmacro %}
{%- for m in messages if m.content.strip() %}
{%- if m.content | trim == '..a..' %}{{ show(m.content | trim) }}{% endif %}
{%- endfor %}`;
  assert.equal(rendered(source, " ..a.. "), "[a]");
});
