import assert from "node:assert/strict";
import { AbacusError } from "../../src/errors.ts";
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
  assert.equal(template.render(hello), "<s>truefalsefalsetruetrue203131");
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

Deno.test("a template that fails on the messages is an invalid request", () => {
  const template = new ChatTemplate("{{ messages[0].content | no_such_filter }}");
  assert.match(kindOf(() => template.render(hello)), /^invalid_request: .*no_such_filter/);
});

Deno.test("a template whose syntax is not known is a bad model", () => {
  for (const source of ["{% for %}", "{{ ", "{% no_such_tag %}"]) {
    assert.match(kindOf(() => new ChatTemplate(source)), /^bad_model: Cannot parse/);
  }
});

Deno.test("a range is as long as Jinja's sandbox allows and no longer", () => {
  const length = (n: string) => new ChatTemplate(`{{ range(${n}) | length }}`).render(hello);
  assert.equal(length("100000"), "100000");
  assert.equal(length("5, 1, -2"), "2");
  for (const n of ["100001", "1000000000", "0, 1, 0"]) {
    assert.match(kindOf(() => length(n)), /^invalid_request: .*too long/);
  }
});

Deno.test("a text beyond every bound is refused, not returned", () => {
  const template = new ChatTemplate(
    "{% for i in range(1000) %}{% for j in range(100) %}{{ messages[0].content }}" +
      "{% endfor %}{% endfor %}",
  );
  const long = [{ role: "user", content: "x".repeat(400) }];
  assert.match(kindOf(() => template.render(long)), /^invalid_request: .*are allowed/);
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
