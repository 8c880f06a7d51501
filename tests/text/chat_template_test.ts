import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
import { EngineFailure, SyntaxFailure } from "../../src/jinja/failure.ts";
import { ChatTemplate } from "../../src/text/chat_template.ts";

const hello = [{ role: "user", content: "Hello" }];

function kindOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof AbacusError) return `${error.kind}: ${error.message}`;
    throw error;
  }
  return "no error";
}

Deno.test("a template finds what transformers gives it", () => {
  const source = "{{ bos_token }}{{ eos_token is defined }}{{ pad_token is defined }}" +
    "{{ add_generation_prompt }}{{ tools is none }}{{ documents is none }}" +
    "{{ strftime_now('%Y') }}{{ range(3) | length }}{{ namespace(a=1).a }}";
  const template = new ChatTemplate(source, {
    specialTokens: { bos_token: "<s>", eos_token: "</s>" },
    now: () => new Date(2031, 0),
  });
  assert.equal(template.render(hello), "<s>TrueFalseFalseTrueTrue203131");
});

Deno.test("block lines leave neither indentation nor line break, whatever ends a line", () => {
  const lines = ["{% for m in messages %}", "  {% if true %}", "{{ m.content }}", "  {% endif %}"];
  for (const end of ["\n", "\r\n", "\r"]) {
    const template = new ChatTemplate([...lines, "{% endfor %}", "x"].join(end));
    assert.equal(template.render(hello), "Hello\nx");
  }
});

Deno.test("what a template raises is an invalid request with its words", () => {
  const template = new ChatTemplate("{{ raise_exception('Roles must alternate') }}");
  assert.equal(
    kindOf(() => template.render(hello)),
    "invalid_request: Cannot render the messages as the model's chat template refuses them: " +
      'received "Roles must alternate"',
  );
});

Deno.test("a failure is blamed on whoever is at fault", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    [
      "{{ messages[0].content.nope.x }}",
      /fails on them, as it does in transformers: .*no attribute/,
    ],
    ["{{ messages | urlize }}", /Abacus does not know how.*: received .*'urlize' is not known/],
    ["{{ strftime_now(1) }}", /Abacus does not know how.*takes a text/],
  ];
  for (const [source, message] of table) {
    const failure = kindOf(() => new ChatTemplate(source).render(hello));
    assert.match(failure, /^invalid_request: Cannot render the messages as /);
    assert.match(failure, message);
  }
});

Deno.test("a template that cannot be read fails when it is made", () => {
  for (const source of ["{% for %}", "{{ ", "{% no_such_tag %}"]) {
    assert.throws(() => new ChatTemplate(source), SyntaxFailure);
  }
  assert.throws(() => new ChatTemplate("{% include 'x' %}"), EngineFailure);
});

Deno.test("a range is as long as Jinja's sandbox allows and no longer", () => {
  const length = (n: string) => new ChatTemplate(`{{ range(${n}) | length }}`).render(hello);
  assert.equal(length("100000"), "100000");
  assert.equal(length("5, 1, -2"), "2");
  for (const n of ["100001", "1000000000"]) {
    assert.match(kindOf(() => length(n)), /^invalid_request: .*Range too big/);
  }
});

Deno.test("a template that writes too much or runs too long is stopped", () => {
  const loops = "{% for i in range(100000) %}{% for j in range(100000) %}";
  const ends = "{% endfor %}{% endfor %}";
  const long = [{ role: "user", content: "x".repeat(4_000) }];
  for (const inner of ["{{ messages[0].content }}", "{% set x = i + j %}"]) {
    const template = new ChatTemplate(loops + inner + ends);
    assert.match(kindOf(() => template.render(long)), /^invalid_request: .*takes more than/);
  }
});

Deno.test("messages have the names of reasoning that templates read, and no null keys", () => {
  const template = new ChatTemplate("{{ messages[0] }}");
  const message = { role: "assistant", content: "x", reasoning: "r", name: null };
  assert.equal(
    template.render([message]),
    "{'thinking': 'r', 'role': 'assistant', 'content': 'x', 'reasoning': 'r', " +
      "'reasoning_content': 'r'}",
  );
  assert.equal(template.render([{ role: "tool", content: undefined }]), "{'role': 'tool'}");
});

Deno.test("messages cannot write template code", () => {
  const template = new ChatTemplate("{% for m in messages %}{{ m.content }}{% endfor %}");
  const content = "{{ raise_exception('x') }}{% endfor %}";
  assert.equal(template.render([{ role: "user", content }]), content);
});

Deno.test("a role may be called like anything in JavaScript", () => {
  const template = new ChatTemplate("{% for m in messages %}{{ m.role }}{% endfor %}");
  assert.equal(template.render([{ role: "__proto__", content: "" }]), "__proto__");
});
