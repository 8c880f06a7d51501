import assert from "node:assert/strict";
import fc from "fast-check";
import { ChatTemplate } from "../../src/text/chat_template.ts";
import { type Turn, TurnRenderer } from "../../src/text/turn.ts";
import { readGolden } from "./golden.ts";
import { anyText } from "./unicode.ts";

const { templates } = readGolden();

function renderer(source: string): TurnRenderer {
  const specialTokens = { bos_token: "<s>", eos_token: "</s>" };
  return new TurnRenderer(new ChatTemplate(source, { specialTokens }));
}

function parts({ text, start, end, parts }: Turn) {
  return [text.slice(0, start), text.slice(start, end), text.slice(end), parts[0]?.completion ?? 0];
}

const question = [{ role: "user", content: "the end" }];

Deno.test("a completion that occurs before and behind its place is found in its place", () => {
  const turns = renderer(templates.turns ?? "");
  const before = "<|im_start|>user\nthe end<|im_end|>\n<|im_start|>assistant\n";
  for (const completion of ["end", "|", "<|im_end|>", "\n", "assistant", "e", "<|im_end|>\n"]) {
    assert.deepEqual(
      parts(turns.render(question, completion)),
      [before, completion, "<|im_end|>\n", 0],
    );
  }
});

Deno.test("a trimmed completion says how much of its start is gone", () => {
  const turns = renderer(templates.headed ?? "");
  const before = "<s><|user|>\n\nthe end<|eot|><|assistant|>\n\n";
  assert.deepEqual(parts(turns.render(question, " \n end\n")), [before, "end", "<|eot|>", 3]);
  assert.deepEqual(parts(turns.render(question, "end")), [before, "end", "<|eot|>", 0]);
});

Deno.test("a completion of nothing but space that is trimmed away keeps its place", () => {
  const turns = renderer(templates.headed ?? "");
  for (const completion of ["", " ", "\n\n", "\x1f\x85"]) {
    const [before, kept, behind] = parts(turns.render(question, completion));
    assert.equal(before, "<s><|user|>\n\nthe end<|eot|><|assistant|>\n\n");
    assert.deepEqual([kept, behind], ["", "<|eot|>"]);
  }
});

Deno.test("an empty turn that the template leaves out stands where it would have begun", () => {
  const turns = renderer(
    "{% for m in messages %}{% if m.content %}[{{ m.role }}]{{ m.content }}.{% endif %}{% endfor %}#",
  );
  assert.deepEqual(parts(turns.render(question, "")), ["[user]the end.", "", "#", 0]);
  const emoji = [{ role: "user", content: "\u{1F600}" }];
  const pairs = renderer(
    "{% for m in messages %}{{ m.content or '\u{1F601}' }}{% endfor %}",
  );
  const turn = pairs.render([{ role: "user", content: "x" }, ...emoji], "");
  assert.ok(turn.text.slice(0, turn.start).isWellFormed());
});

Deno.test("a completion that steers the template is found by what follows it", () => {
  const turns = renderer(templates.reasoning ?? "");
  const completion = "<think>\nthe end\n</think>\n\nend";
  const [before, kept, behind] = parts(turns.render(question, completion));
  assert.equal(before, "<|im_start|>user\nthe end<|im_end|>\n<|im_start|>assistant\n");
  assert.equal(kept, completion);
  assert.equal(behind, "<|im_end|>\n");
});

Deno.test("a template that would refuse a marker on its own is shown one behind the completion", () => {
  const source = "{% for m in messages %}" +
    "{% if m.role == 'assistant' and '=' not in m.content %}{{ raise_exception('no sum') }}{% endif %}" +
    "[{{ m.content }}]{% endfor %}";
  const turns = renderer(source);
  assert.deepEqual(parts(turns.render(question, "1+1=2")), ["[the end][", "1+1=2", "]", 0]);
  assert.throws(() => turns.render(question, "2"), { kind: "invalid_request", message: /no sum/ });
});

Deno.test("a template that writes the completion twice has it found where it stands last", () => {
  const source = "{% for m in messages %}{{ m.content }}={{ m.content }};{% endfor %}";
  const [before, kept, behind] = parts(renderer(source).render(question, "b"));
  assert.deepEqual([before, kept, behind], ["the end=the end;b=", "b", ";"]);
});

Deno.test("of a template that leaves out reasoning, the answer is found, also where both are alike", () => {
  const after = renderer(
    "{% for m in messages %}<{{ m.role }}>\n\n" +
      "{{ m.content.split('</think>')[-1].lstrip('\n') }}<end>{% endfor %}",
  );
  const before = "<user>\n\nthe end<end><assistant>\n\n";
  const table: readonly (readonly [completion: string, kept: string, at: number])[] = [
    ["<think>\nhm\n</think>\n\nIt was great.", "It was great.", 21],
    ["It was great.</think>It was great.", "It was great.", 21],
    [">\n\n</think>x", "x", 11],
    ["no thought", "no thought", 0],
    ["all thought</think>", "", 0],
    ["\u{1F600}</think>\u{1F601}", "\u{1F601}", 10],
  ];
  for (const [completion, kept, at] of table) {
    assert.deepEqual(parts(after.render(question, completion)), [before, kept, "<end>", at]);
  }
  const first = renderer("{% for m in messages %}[{{ m.content.split('|')[0] }}]{% endfor %}");
  assert.deepEqual(parts(first.render(question, "a|a")), ["[the end][", "a", "]", 0]);
});

Deno.test("space that a template puts around reasoning is its own, and the parts are the completion's", () => {
  const turns = renderer(templates.reasoning ?? "");
  const { text, start, end, parts } = turns.render(question, "<think>hm</think>\n\n\nok");
  assert.equal(text.slice(start, end), "<think>\nhm\n</think>\n\nok");
  const kept = parts.map(({ text: at, completion, length }) => [
    text.slice(at, at + length),
    completion,
  ]);
  assert.deepEqual(kept, [["<think>", 0], ["hm", 7], ["</think>\n\n", 9], ["ok", 20]]);
});

Deno.test("a template that does more than leave out is refused with the completion and its text", () => {
  const sources = [
    "{% for m in messages %}{{ m.content | upper }}{% endfor %}",
    "{% for m in messages %}{{ m.content.replace('a', 'b') }}{% endfor %}",
    "{% for m in messages %}{{ m.content | tojson }}{% endfor %}",
    "{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}",
    "{% for m in messages %}{{ m.content[::-1] }}{% endfor %}",
  ];
  for (const source of sources) {
    assert.throws(() => renderer(source).render(question, 'a "|" b'), {
      kind: "invalid_request",
      path: "completion",
      message:
        /^Cannot find the completion .* more to it than leave out space or one part of it: received "a \\"\|\\" b"/,
    }, source);
  }
});

Deno.test("the frame of a conversation is rendered once for all its completions", () => {
  let renders = 0;
  const template = new ChatTemplate("{% for m in messages %}<{{ m.content }}>{% endfor %}");
  const counting = Object.assign(Object.create(template), {
    render: (messages: Parameters<ChatTemplate["render"]>[0]) => {
      renders++;
      return template.render(messages);
    },
  });
  const turns = new TurnRenderer(counting);
  for (const completion of ["a", "b", "c", ""]) turns.render(question, completion);
  assert.equal(renders, 5);
});

Deno.test("whatever the text, the place holds the completion or what trimming leaves of it", () => {
  const names = ["turns", "headed", "lines", "bracketed", "renamed", "dated"];
  const strict = names.map((name) => renderer(templates[name] ?? ""));
  fc.assert(fc.property(anyText(4), anyText(), (content, completion) => {
    const conversation = [{ role: "user", content }];
    for (const turns of strict) {
      const { text, start, end, parts } = turns.render(conversation, completion);
      assert.ok(start <= end && end <= text.length && parts.length <= 1);
      const kept = text.slice(start, end);
      const [part = { completion: 0 }] = parts;
      assert.equal(kept, completion.slice(part.completion, part.completion + kept.length));
      // deno-lint-ignore no-control-regex -- Python strips these too
      const dropped = completion.replace(kept, "").replace(/[\x1c-\x1f\x85]/g, "");
      assert.equal(dropped.trim(), "");
    }
  }));
});
