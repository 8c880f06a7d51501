import assert from "node:assert/strict";
import { ChatTemplate } from "../../src/text/chat_template.ts";
import { TurnRenderer } from "../../src/text/turn.ts";
import {
  type RenderOptions,
  renderSample,
  type TextSample,
} from "../../src/text/rendered_sample.ts";

/** The place of a completion of which one part stands in the text. */
function region(start: number, end: number, completion: number, length: number) {
  return { start, end, length, parts: [{ text: start, completion, length: end - start }] };
}

const source = "{% for m in messages %}{{ m.role }}:{{ m.content | trim }};{% endfor %}";

function options(changes: Partial<RenderOptions> = {}): RenderOptions {
  const turns = new TurnRenderer(new ChatTemplate(source));
  return { maxCharacters: 100, input: "joined", turns, ...changes };
}

Deno.test("a plain sample is one text, with the tokenizer's special tokens to come", () => {
  const written = renderSample(
    { kind: "plain", prompt: "\u{1F600} a", completion: "\u{1F600}b" },
    options(),
  );
  assert.deepEqual(written, {
    text: "\u{1F600} a\u{1F600}b",
    region: region(3, 5, 0, 2),
    addSpecialTokens: true,
  });
});

Deno.test("texts that a template was applied to get no further special tokens", () => {
  const sample = { kind: "plain", prompt: "<s>a", completion: "b</s>", templated: true } as const;
  assert.deepEqual(renderSample(sample, options()), {
    text: "<s>ab</s>",
    region: region(4, 9, 0, 5),
    addSpecialTokens: false,
  });
});

Deno.test("for a model of pairs a plain sample is a pair, and what a template was applied to one text", () => {
  const sample = { kind: "plain", prompt: "\u{1F600} a", completion: "\u{1F600}b" } as const;
  const pairs = options({ input: "pair" });
  assert.deepEqual(renderSample(sample, pairs), {
    text: ["\u{1F600} a", "\u{1F600}b"],
    region: region(0, 2, 0, 2),
    addSpecialTokens: true,
  });
  const templated = { ...sample, templated: true };
  assert.deepEqual(renderSample(templated, pairs), renderSample(templated, options()));
  const chat = {
    kind: "chat",
    messages: [{ role: "user", content: "a" }],
    completion: "b",
  } as const;
  assert.equal(renderSample(chat, pairs).text, "user:a;assistant:b;");
});

Deno.test("a chat sample is what the template renders, with nothing to be added", () => {
  const messages = [{ role: "user", content: "\u{1F600}" }];
  const written = renderSample({ kind: "chat", messages, completion: " \u{1F600}b\n" }, options());
  assert.deepEqual(written, {
    text: "user:\u{1F600};assistant:\u{1F600}b;",
    region: region(17, 19, 1, 4),
    addSpecialTokens: false,
  });
});

Deno.test("messages without a template say why there is none", () => {
  const turns = { missing: "the model has no chat template" };
  assert.throws(
    () => renderSample({ kind: "chat", messages: [], completion: "" }, options({ turns })),
    {
      kind: "invalid_request",
      path: "messages",
      message: "Cannot render messages as the model has no chat template: received 0 messages",
    },
  );
});

Deno.test("half a surrogate pair is refused wherever it stands, and named", () => {
  const fine = { role: "user", content: "fine" };
  const table: [path: string, sample: TextSample][] = [
    ["prompt", { kind: "plain", prompt: "\u{1F600}\uD83D", completion: "\uDE00" }],
    ["completion", { kind: "plain", prompt: "", completion: "a\uDE00" }],
    ["completion", { kind: "chat", messages: [fine], completion: "\uD83D" }],
    ["messages[1].content", {
      kind: "chat",
      messages: [fine, { role: "user", content: "\uDE00\uD83D" }],
      completion: "",
    }],
    ["messages[0].role", {
      kind: "chat",
      messages: [{ role: "\uD83D", content: "" }],
      completion: "",
    }],
  ];
  for (const [path, sample] of table) {
    const strip = path === "prompt" ? { ...sample, completion: "" } : sample;
    assert.throws(() => renderSample(strip, options()), {
      kind: "invalid_request",
      path,
      message: new RegExp(`'${path.replace(/[[\]]/g, "\\$&")}'.*lone surrogate U\\+D[8-9A-F]`),
    });
  }
});

Deno.test("the message about half a pair counts characters, not units", () => {
  assert.throws(
    () => renderSample({ kind: "plain", prompt: "", completion: "\u{1F600}\uD83D" }, options()),
    {
      message: /U\+D83D at character 1$/,
    },
  );
});

Deno.test("more text than could ever fit is too long before it is tokenised", () => {
  const sample: TextSample = { kind: "plain", prompt: "x".repeat(60), completion: "y".repeat(41) };
  assert.throws(() => renderSample(sample, options()), {
    kind: "too_long",
    message: "Cannot encode as a sample may have at most 100 characters: received 101",
  });
  const messages = [{ role: "user", content: "x".repeat(96) }];
  assert.throws(() => renderSample({ kind: "chat", messages, completion: "y" }, options()), {
    kind: "too_long",
  });
});

Deno.test("a conversation has a longest length", () => {
  const messages = Array.from({ length: 4_097 }, () => ({ role: "", content: "" }));
  assert.throws(() => renderSample({ kind: "chat", messages, completion: "" }, options()), {
    kind: "invalid_request",
    path: "messages",
    message: "Cannot render more than 4096 messages: received 4097",
  });
});
