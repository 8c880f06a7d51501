import assert from "node:assert/strict";
import { ChatTemplate } from "../../src/text/chat_template.ts";
import { chooseTemplate, type Templates } from "../../src/text/choose_template.ts";

const hello = [{ role: "user", content: "Hi" }];
const options = { specialTokens: { eos_token: "</s>" } };

function texts(templates: Templates, choice?: string): string {
  const chosen = chooseTemplate(templates, choice, options);
  return chosen instanceof ChatTemplate ? chosen.render(hello) : `no: ${chosen.missing}`;
}

const several = new Map([["default", "a{{ eos_token }}"], ["rag", "b"], ["none", "c"]]);

Deno.test("the default is used unless a name or a text says otherwise", () => {
  assert.equal(texts(several), "a</s>");
  assert.equal(texts(several, "rag"), "b");
  assert.equal(texts(several, "{{ messages[0].content }}"), "Hi");
  assert.equal(texts(several, "none"), "c"); // a name goes before the word
  assert.equal(texts(new Map(), "none"), "no: --chat-template is none");
  assert.equal(texts(new Map()), "no: the model has no chat template");
});

Deno.test("without a default the flag is named, and the operator warned", () => {
  const named = new Map([["tool_use", "x"], ["rag", "y"]]);
  assert.equal(
    texts(named),
    "no: the model has several chat templates (rag, tool_use) and none is called default, so that " +
      "--chat-template has to name one",
  );
  const chosen = chooseTemplate(named, undefined, options);
  assert.ok("unexpected" in chosen && chosen.unexpected);
});

Deno.test("a template of the operator's own that cannot be read is a wrong flag", () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ["{% if %}", /as the template has wrong syntax.*: received "\{% if %\}"$/],
    ["{% include 'x' %}", /cannot be read by Abacus, though transformers may read it/],
    ["chatml", /must be none, a file with a template, or one of .* default, none, rag: received/],
  ];
  for (const [choice, message] of table) {
    assert.throws(() => chooseTemplate(several, choice, options), { kind: "bad_usage", message });
  }
});
