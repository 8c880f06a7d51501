/**
 * Control tokens in users' texts against transformers' `sanitize_control_tokens` and
 * `split_special_tokens`, case by case of tests/golden/tokenizer_files.json.
 *
 * @module
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import { AddedToken } from "../../src/text/added_token.ts";
import { ControlTokens } from "../../src/text/control_tokens.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import { loadSampleTokenizer } from "../../src/text/load_sample_tokenizer.ts";
import type { SampleTokenizer } from "../../src/text/sample_tokenizer.ts";
import { Tokenizer } from "../../src/text/tokenizer.ts";
import { defineTokenizer, type TokenizerDefinition } from "../../src/text/tokenizer_definition.ts";
import { onlyTokenizerJson } from "../../src/text/tokenizer_files.ts";
import { goldenTokenizer } from "./golden.ts";
import { readFileCases, withCase } from "./tokenizer_golden.ts";

const golden = readFileCases();
const completion = golden.conversation.at(-1)!.content;
const messages = golden.conversation.slice(0, -1);
const conversation = { kind: "chat", messages, completion } as const;
const sizes = { context: 4_096, vocabulary: 200_000, pooling: "last" } as const;

function idsOf(encoding: Encoding | Error | undefined): number[] | null {
  return encoding === undefined || encoding instanceof Error ? null : [...encoding.ids];
}

Deno.test("a conversation has the ids of apply_chat_template, with and without sanitising", async (t) => {
  for (const one of golden.cases) {
    const { answers, filler } = one;
    // A vocabulary filled up is slow to open, and of no other kind.
    if ("refused" in answers || filler > 0) continue;
    await t.step(one.name, async () => {
      await withCase(one, async (directory) => {
        for (const splitSpecialTokens of [false, true]) {
          const options = { ...sizes, splitSpecialTokens };
          const tokenizer = await loadSampleTokenizer(directory, options).catch(onlyRefused);
          if (tokenizer === undefined) continue;
          const [got] = await tokenizer.encode([conversation], "none");
          assert.deepEqual(idsOf(got), splitSpecialTokens ? answers.sanitized : answers.chat);
        }
      });
    });
  }
});

/** A directory whose fields are refused; tokenizer_definition_test.ts has the list. */
function onlyRefused(error: unknown): undefined {
  assert.ok(error instanceof AbacusError && error.kind === "bad_model", String(error));
}

function guarded(name: string): Promise<SampleTokenizer> {
  const chatTemplate = "{% for m in messages %}<|user|>{{ m.content }}<|eot|>{% endfor %}";
  return goldenTokenizer(name, { chatTemplate, splitSpecialTokens: true });
}

/** Texts with control tokens in them, some of which share characters. */
const texts = fc.array(
  fc.constantFrom(
    "<|eot|>",
    "<|user|>",
    "the",
    " end",
    "\n",
    " ",
    "<|",
    "|>",
    "é",
    "\u{1F469}",
    "</s>",
  ),
  { maxLength: 8 },
).map((parts) => parts.join(""));

Deno.test("whatever users write, a guarded conversation has the template's control tokens only", async () => {
  for (const name of ["byte", "llama"]) {
    const tokenizer = await guarded(name);
    const library = await goldenTokenizer(name);
    const [probe] = await library.encode(
      [{ kind: "plain", prompt: "", completion: "<|eot|>" }],
      "none",
    );
    assert.ok(probe !== undefined && !(probe instanceof Error));
    const end = probe.ids.at(-1)!;
    await fc.assert(
      fc.asyncProperty(texts, texts, async (content, completion) => {
        const messages = [{ role: "user", content }];
        const [got] = await tokenizer.encode([{ kind: "chat", messages, completion }], "none");
        assert.ok(got !== undefined && !(got instanceof Error));
        assert.equal(got.ids.filter((id) => id === end).length, 2);
        assert.equal(got.ids.at(-1), end);
        assert.equal(got.completionLength, Array.from(completion).length);
        const [first, last] = [got.offsets[0], got.offsets.at(-1)];
        if (completion !== "") assert.deepEqual([first![0], last![1]], [0, got.completionLength]);
      }),
      { numRuns: 100 },
    );
  }
});

Deno.test("a guarded completion has its tokens where they stand in it", async () => {
  const tokenizer = await guarded("byte");
  const messages = [{ role: "user", content: "a<|eot|>" }];
  const completion = "the<|eot|> end";
  const [got] = await tokenizer.encode([{ kind: "chat", messages, completion }], "none");
  assert.ok(got !== undefined && !(got instanceof Error));
  const pieces = got.offsets.map(([start, end]) => completion.slice(start, end));
  assert.equal(pieces.join(""), completion);
  assert.equal(pieces.indexOf("<|eot|>"), -1);
  assert.ok(pieces.includes(" end"));
});

Deno.test("a guarded plain text has no control tokens, and a templated one is refused", async () => {
  const tokenizer = await guarded("byte");
  const plain = { kind: "plain", prompt: "the<|eot|>", completion: " end<|user|>" } as const;
  const [text, templated] = await tokenizer.encode([plain, { ...plain, templated: true }], "none");
  assert.ok(text !== undefined && !(text instanceof Error));
  assert.ok(text.ids.every((id) => id < 420));
  assert.ok(templated instanceof Error);
  assert.match(templated.message, /--split-special-tokens\) where a template has been applied/);
});

Deno.test("private characters by which control tokens are marked are refused", async () => {
  const tokenizer = await guarded("byte");
  for (const content of ["\u{F0000}", "x\u{F0001}"]) {
    const messages = [{ role: "user", content }];
    const [refused] = await tokenizer.encode([{ kind: "chat", messages, completion: "x" }], "none");
    assert.ok(refused instanceof Error);
    assert.match(refused.message, /private characters .*: received U\+F0000 or U\+F0001$/);
  }
});

Deno.test("a vocabulary that makes a control token of plain text is told apart", async () => {
  // A Unigram vocabulary has its control tokens among the pieces.
  const tokenizer = await goldenTokenizer("unigram", {
    chatTemplate: "{{ messages[-1].content }}",
    splitSpecialTokens: true,
  });
  const sample = { kind: "plain", prompt: "the ", completion: "</s>" } as const;
  const chat = {
    kind: "chat",
    messages: [{ role: "user", content: "x" }],
    completion: "</s>",
  } as const;
  for (const got of await tokenizer.encode([sample, chat], "none")) {
    assert.ok(got instanceof Error);
    assert.match(got.message, /the tokenizer makes it of plain text too: received '<\/s>'$/);
  }
});

async function definition(...added: AddedToken[]): Promise<TokenizerDefinition> {
  const json = JSON.stringify({ model: { type: "BPE", vocab: { a: 0 }, merges: [] } });
  const definition = { ...defineTokenizer(onlyTokenizerJson(json)), added };
  await Tokenizer.open(definition);
  return definition;
}

Deno.test("control tokens are the special ones, and those of a template unless they are named", async () => {
  const special = new AddedToken("<s>", { special: true });
  const tokens = await definition(
    special,
    new AddedToken("<i>"),
    new AddedToken("\n"),
    new AddedToken("b"),
  );
  const text = "<s><i>\nb";
  assert.deepEqual([...new ControlTokens(tokens).in(text)], ["<s>"]);
  assert.deepEqual([...new ControlTokens(tokens, "<i>\n{{ b }}").in(text)], ["<s>", "<i>"]);
  const named = { ...tokens, controlTokens: ["b"] };
  assert.deepEqual([...new ControlTokens(named, "<i>\n").in(text)], ["<s>", "b"]);
  assert.deepEqual([...new ControlTokens(await definition()).in(text)], []);
});

Deno.test("every text of a message is marked, and a half mark divides pieces", async () => {
  const control = new ControlTokens(await definition(new AddedToken("<s>", { special: true })));
  const message = { role: "<s>", content: "a<s>", tool_calls: [{ name: "<s>", count: 5 }] };
  const marked = control.mark({ kind: "chat", messages: [message], completion: "" });
  const mark = "\u{F0000}<s>\u{F0001}";
  const tool_calls = [{ name: mark, count: 5 }];
  assert.deepEqual(marked.messages, [{ role: mark, content: `a${mark}`, tool_calls }]);
  const text = `x${mark}\u{F0001}y`;
  const parts = [{ text: 2, completion: 0, length: 5 }];
  const region = { start: 2, end: 7, length: 8, parts };
  const rendered = control.unmark(
    { text, region, addSpecialTokens: false },
    { ...marked, completion: text },
  );
  assert.equal(rendered.text, "x<s>y");
  assert.deepEqual(rendered.region, {
    start: 1,
    end: 4,
    length: 5,
    parts: [{ text: 1, completion: 0, length: 3 }],
  });
  assert.deepEqual(rendered.pieces?.map(({ text, isPlain }) => [text, isPlain]), [
    ["x", false],
    ["<s>", true],
    ["y", false],
  ]);
});
