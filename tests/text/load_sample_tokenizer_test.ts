/**
 * Encodings against transformers, case by case of tests/golden/text.json; what else a directory may
 * hold.
 *
 * @module
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import type { Encoding } from "../../src/text/encoding.ts";
import { loadSampleTokenizer } from "../../src/text/load_sample_tokenizer.ts";
import type { Sample } from "../../src/text/sample.ts";
import {
  goldenTokenizer,
  pairedNames,
  readGolden,
  tokenizerDirectory,
  tokenizerNames,
} from "./golden.ts";

const golden = readGolden();

Deno.test("a plain sample has the tokens and spans that transformers gives", async (t) => {
  for (const name of tokenizerNames) {
    await t.step(name, async () => {
      const cases = golden.plain.filter((one) => one.tokenizer === name);
      assert.ok(cases.length > 15);
      const tokenizer = await goldenTokenizer(name);
      const encodings = await tokenizer.encode(
        cases.map(({ prompt, completion_text: completion }) => ({
          kind: "plain",
          prompt,
          completion,
        })),
        "none",
      );
      cases.forEach((want, at) => compare(encodings[at], want));
    });
  }
});

Deno.test("a pair has the tokens, types and spans that transformers gives", async (t) => {
  for (const name of pairedNames) {
    await t.step(name, async () => {
      const cases = golden.pairs.filter((one) => one.tokenizer === name);
      assert.ok(cases.length > 15);
      const tokenizer = await goldenTokenizer(name, { input: "pair", types: 2 });
      const encodings = await tokenizer.encode(
        cases.map(({ prompt, completion_text: completion }) => ({
          kind: "plain",
          prompt,
          completion,
        })),
        "none",
      );
      cases.forEach((want, at) => {
        const got = encodings[at];
        compare(got, want);
        if (got instanceof Error) return;
        assert.deepEqual([...got!.types!], want.types, JSON.stringify(want));
      });
    });
  }
});

Deno.test("a chat sample has the tokens and spans of what apply_chat_template renders", async (t) => {
  for (const [template, chatTemplate] of Object.entries(golden.templates)) {
    for (const name of ["byte", "llama"]) {
      await t.step(`${template} with ${name}`, async () => {
        const cases = golden.chat.filter((one) =>
          one.template === template && one.tokenizer === name
        );
        assert.ok(cases.length >= 9);
        const now = () => new Date(golden.moment);
        const tokenizer = await goldenTokenizer(name, { chatTemplate, now });
        const encodings = await tokenizer.encode(
          cases.map(({ messages, completion_text: completion }) => ({
            kind: "chat",
            messages,
            completion,
          })),
          "none",
        );
        cases.forEach((want, at) => {
          if ("refused" in want) refuses(encodings[at], want.refused);
          else compare(encodings[at], want);
        });
      });
    }
  }
});

interface Wanted {
  readonly ids: readonly number[];
  readonly completion: readonly number[];
  readonly offsets: readonly (readonly number[])[];
  readonly completion_text: string;
}

function compare(got: Encoding | Error | undefined, want: Wanted): void {
  const about = JSON.stringify(want);
  if (want.ids.length === 0) return refuses(got, "at least one token");
  assert.ok(got !== undefined && !(got instanceof Error), `${got} for ${about}`);
  assert.deepEqual([...got.ids], want.ids, about);
  assert.deepEqual(got.completion, want.completion, about);
  assert.deepEqual(got.offsets, want.offsets, about);
  assert.deepEqual(got.closing, [want.completion[1], want.ids.length], about);
  assert.deepEqual(got.pool, [want.ids.length - 1], about);
  assert.equal(got.completionLength, Array.from(want.completion_text).length, about);
  assert.equal(got.truncated, false);
}

function refuses(got: Encoding | Error | undefined, reason: string): void {
  assert.ok(got instanceof Error, `an encoding where transformers says ${reason}`);
  assert.ok(got.message.includes(reason), `${got.message} for ${reason}`);
}

const hello: Sample = {
  kind: "chat",
  messages: [{ role: "user", content: "the" }],
  completion: "end",
};

/** A copy of a golden directory with other templates in its config. */
async function withTemplates(
  chat_template: unknown,
  run: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    const source = tokenizerDirectory("byte");
    await Deno.copyFile(join(source, "tokenizer.json"), join(directory, "tokenizer.json"));
    const config = JSON.stringify({ eos_token: "<|eot|>", chat_template });
    await Deno.writeTextFile(join(directory, "tokenizer_config.json"), config);
    await run(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const named = [
  { name: "first", template: "{{ messages[1].content }}" },
  { name: "second", template: "{{ messages[1].content }}{{ eos_token }}" },
];

const sizes = { context: 100, vocabulary: 1_000, pooling: "last" } as const;

Deno.test("a template of several is chosen by name, or replaced by a text", async () => {
  await withTemplates(named, async (directory) => {
    const table: [chatTemplate: string, tokens: number][] = [
      ["first", 0],
      ["second", 1],
      ["{{ messages[1].content }}{{ eos_token }}{{ eos_token }}", 2],
    ];
    for (const [chatTemplate, closing] of table) {
      const tokenizer = await loadSampleTokenizer(directory, { ...sizes, chatTemplate });
      const [encoding] = await tokenizer.encode([hello], "none");
      assert.ok(encoding !== undefined && !(encoding instanceof Error));
      assert.equal(encoding.closing[1] - encoding.closing[0], closing);
      assert.equal(tokenizer.chat, true);
    }
  });
});

Deno.test("several templates of which none is the default have to be chosen from", async () => {
  await withTemplates(named, async (directory) => {
    const tokenizer = await loadSampleTokenizer(directory, sizes);
    assert.equal(tokenizer.chat, false);
    const [refused] = await tokenizer.encode([hello], "none");
    assert.ok(refused instanceof Error);
    assert.match(refused.message, /several chat templates \(first, second\).*--chat-template/);
    assert.match(tokenizer.warning ?? "", /messages are refused as the model has several/);
    await assert.rejects(loadSampleTokenizer(directory, { ...sizes, chatTemplate: "third" }), {
      kind: "bad_usage",
      message: /templates of the model, which are first, second: received 'third'/,
    });
  });
});

Deno.test("a template that cannot be read leaves the model without conversations", async () => {
  const table: [template: string, reason: RegExp][] = [
    ["{% for %}", /has wrong syntax, which transformers does not read either \(Expected/],
    ["{% include 'x' %}", /cannot be read by Abacus, though transformers may .*'include'/],
  ];
  for (const [template, reason] of table) {
    await withTemplates(template, async (directory) => {
      const tokenizer = await loadSampleTokenizer(directory, sizes);
      assert.equal(tokenizer.chat, false);
      assert.match(tokenizer.warning ?? "", reason);
      const plain: Sample = { kind: "plain", prompt: "the", completion: " end" };
      const [refused, encoding] = await tokenizer.encode([hello, plain], "none");
      assert.match(String(refused), reason);
      assert.ok(encoding !== undefined && !(encoding instanceof Error));
      const replaced = await loadSampleTokenizer(directory, {
        ...sizes,
        chatTemplate: "{{ messages[1].content }}",
      });
      assert.equal(replaced.chat, true);
      assert.equal(replaced.warning, undefined);
    });
  }
});

Deno.test("none is no template, and a file is the template in it", async () => {
  await withTemplates("{{ messages[1].content }}", async (directory) => {
    const none = await loadSampleTokenizer(directory, { ...sizes, chatTemplate: "none" });
    assert.equal(none.chat, false);
    assert.equal(none.warning, undefined);
    const [refused] = await none.encode([hello], "none");
    assert.match(
      String(refused),
      /Cannot render messages as --chat-template is none: received 1 message/,
    );
    const path = join(directory, "other.jinja");
    await Deno.writeTextFile(path, "{{ messages[1].content }}{{ eos_token }}");
    const other = await loadSampleTokenizer(directory, { ...sizes, chatTemplate: path });
    const [encoding] = await other.encode([hello], "none");
    assert.ok(encoding !== undefined && !(encoding instanceof Error));
    assert.equal(encoding.closing[1] - encoding.closing[0], 1);
  });
});

Deno.test("pairs are refused where their types are none that the model has", async () => {
  const directory = tokenizerDirectory(pairedNames[0]!);
  const options = { context: 64, vocabulary: 1000, pooling: "first", pair: true } as const;
  await assert.rejects(loadSampleTokenizer(directory, { ...options, types: 1 }), {
    kind: "bad_usage",
    message:
      "Cannot read prompt and completion as a pair as the tokenizer gives the second text the token " +
      "type 1, and the model has an embedding for type 0 only: received --pair",
  });
  for (const types of [0, 2]) {
    assert.ok(await loadSampleTokenizer(directory, { ...options, types, input: "pair" }));
  }
});
