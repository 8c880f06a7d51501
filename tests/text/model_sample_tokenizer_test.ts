import assert from "node:assert/strict";
import fc from "fast-check";
import { AbacusError } from "../../src/errors.ts";
import type { SampleTokenizer } from "../../src/text/sample_tokenizer.ts";
import type { Encoding } from "../../src/text/encoding.ts";
import type { Sample, Truncation } from "../../src/text/sample.ts";
import {
  completeNames,
  goldenTokenizer,
  pairedNames,
  readGolden,
  tokenizerNames,
} from "./golden.ts";
import { anyText, lengthOf } from "./unicode.ts";

const { templates } = readGolden();

async function encodeOne(
  tokenizer: SampleTokenizer,
  sample: Sample,
  truncation: Truncation = "none",
): Promise<Encoding> {
  const [encoding] = await tokenizer.encode([sample], truncation);
  if (encoding === undefined || encoding instanceof Error) throw encoding;
  return encoding;
}

function plain(prompt: string, completion: string): Sample {
  return { kind: "plain", prompt, completion };
}

/** What holds of every encoding of text. */
function checkShape(encoding: Encoding, completion: string): void {
  const { ids, completion: [first, last], closing, pool, offsets } = encoding;
  const length = lengthOf(completion);
  assert.ok(0 <= first && first <= last && last <= ids.length);
  assert.deepEqual(closing, [last, ids.length]);
  assert.deepEqual(pool, [ids.length - 1]);
  assert.equal(encoding.completionLength, length);
  assert.equal(offsets.length, last - first);
  let before: readonly number[] = [0, 0];
  for (const [start, end] of offsets) {
    assert.ok(before[0]! <= start && before[1]! <= end, "spans went back");
    assert.ok(start < end && end <= length, `[${start}, ${end}] of ${length}`);
    before = [start, end];
  }
}

Deno.test("whatever the text, spans are ordered, within bounds and never empty", async (t) => {
  for (const name of tokenizerNames) {
    await t.step(name, async () => {
      const tokenizer = await goldenTokenizer(name);
      await fc.assert(fc.asyncProperty(anyText(), anyText(), async (prompt, completion) => {
        const [encoding] = await tokenizer.encode([plain(prompt, completion)], "none");
        assert.ok(encoding !== undefined);
        if (encoding instanceof Error) assert.match(encoding.message, /at least one token/);
        else checkShape(encoding, completion);
      }));
    });
  }
});

Deno.test("where no character goes without a token, the spans cover the completion", async (t) => {
  for (const name of completeNames) {
    await t.step(name, async () => {
      const tokenizer = await goldenTokenizer(name);
      await fc.assert(fc.asyncProperty(anyText(), anyText(), async (prompt, completion) => {
        if (prompt + completion === "") return;
        const { offsets } = await encodeOne(tokenizer, plain(prompt, completion));
        let reach = 0;
        for (const [start, end] of offsets) {
          assert.ok(start <= reach, `nothing covers [${reach}, ${start})`);
          reach = Math.max(reach, end);
        }
        assert.equal(reach, lengthOf(completion));
      }));
    });
  }
});

Deno.test("wherever a text is cut, its tokens are the same and none is lost", async (t) => {
  for (const name of tokenizerNames) {
    await t.step(name, async () => {
      const tokenizer = await goldenTokenizer(name);
      await fc.assert(fc.asyncProperty(anyText(), fc.nat(), async (text, place) => {
        const characters = Array.from(text);
        const cut = place % (characters.length + 1);
        const halves = [characters.slice(0, cut), characters.slice(cut)];
        const [before = "", behind = ""] = halves.map((half) => half.join(""));
        const [whole, parts] = await tokenizer.encode(
          [plain("", text), plain(before, behind)],
          "none",
        );
        if (whole === undefined || whole instanceof Error) return assert.deepEqual(parts, whole);
        assert.ok(parts !== undefined && !(parts instanceof Error));
        assert.deepEqual(parts.ids, whole.ids);
        assert.deepEqual(
          parts.closing[1] - parts.completion[1],
          whole.closing[1] - whole.closing[0],
        );
        const own = behind === "" ? [] : whole.offsets.filter(([, end]) => end > cut);
        const clipped = own.map(([start, end]) => [Math.max(0, start - cut), end - cut]);
        assert.deepEqual(parts.offsets, clipped);
      }));
    });
  }
});

Deno.test("a chat of any text has the completion's tokens where the template put it", async (t) => {
  for (const template of ["turns", "headed", "bracketed"]) {
    await t.step(template, async () => {
      const tokenizer = await goldenTokenizer("byte", { chatTemplate: templates[template] ?? "" });
      await fc.assert(fc.asyncProperty(anyText(4), anyText(), async (content, completion) => {
        const messages = [{ role: "user", content }];
        const encoding = await encodeOne(tokenizer, { kind: "chat", messages, completion });
        checkShape(encoding, completion);
        const covered = new Set(
          encoding.offsets.flatMap(([start, end]) =>
            Array.from({ length: end - start }, (_, at) => start + at)
          ),
        );
        const missed = Array.from(completion).filter((_, at) => !covered.has(at)).join("");
        // deno-lint-ignore no-control-regex -- Python strips these too
        assert.equal(missed.replace(/[\x1c-\x1f\x85]/g, "").trim(), "", "only space is trimmed");
      }));
    });
  }
});

Deno.test("a sample is encoded alone as it is among many", async () => {
  const tokenizer = await goldenTokenizer("llama", { chatTemplate: templates.headed ?? "" });
  const samples: Sample[] = Array.from({ length: 200 }, (_, at) => {
    const text = ` the ${at} great end`.repeat(1 + at % 7);
    if (at % 3 === 0) return plain(text, text);
    if (at % 3 === 1) return { kind: "ids", promptIds: [1, at], completionIds: [at, 2] };
    return { kind: "chat", messages: [{ role: "user", content: text }], completion: text };
  });
  const together = await tokenizer.encode(samples, "none");
  assert.equal(together.length, samples.length);
  for (const at of [0, 1, 2, 63, 64, 65, 127, 128, 199]) {
    assert.deepEqual(together[at], await encodeOne(tokenizer, samples[at]!));
  }
});

Deno.test("a sample that cannot be encoded fails alone", async () => {
  const tokenizer = await goldenTokenizer("byte", { context: 8, vocabulary: 426 });
  const answers = await tokenizer.encode([
    plain("", ""),
    plain("the end", "\uD800"),
    plain("the", " end"),
    plain("the end", " of the end of the end of the end"),
    { kind: "chat", messages: [{ role: "user", content: "a" }], completion: "b" },
    { kind: "ids", promptIds: [1], completionIds: [426] },
    plain("<|eot|>", "the end"),
    { kind: "ids", promptIds: [1], completionIds: [425] },
  ], "none");
  const summaries = answers.map((answer) =>
    answer instanceof AbacusError ? [answer.kind, answer.path] : "fine"
  );
  assert.deepEqual(summaries, [
    ["invalid_request", undefined],
    ["invalid_request", "completion"],
    "fine",
    ["too_long", undefined],
    ["invalid_request", "messages"],
    ["invalid_request", "completion_ids[0]"],
    ["invalid_request", undefined],
    "fine",
  ]);
});

Deno.test("a token for which the model has no embedding is named", async () => {
  const tokenizer = await goldenTokenizer("byte", { vocabulary: 426 });
  await assert.rejects(encodeOne(tokenizer, plain("<|eot|>", "")), {
    kind: "invalid_request",
    message: 'Cannot encode as the model has no embedding for the token "<|eot|>", only for ids ' +
      "below 426: received 426",
  });
});

Deno.test("a family may pool the first token", async () => {
  const tokenizer = await goldenTokenizer("wordpiece", { pooling: "first" });
  assert.deepEqual((await encodeOne(tokenizer, plain("the", "end"))).pool, [0]);
});

Deno.test("whatever the texts of a pair, spans are of the second and types those of the tokenizer", async (t) => {
  for (const name of pairedNames) {
    await t.step(name, async () => {
      const tokenizer = await goldenTokenizer(name, { input: "pair", types: 2 });
      await fc.assert(fc.asyncProperty(anyText(), anyText(), async (prompt, completion) => {
        const [encoding] = await tokenizer.encode([plain(prompt, completion)], "none");
        assert.ok(encoding !== undefined);
        if (encoding instanceof Error) return assert.match(encoding.message, /at least one token/);
        checkShape(encoding, completion);
        const { ids, types, completion: [first, last], offsets } = encoding;
        assert.equal(types!.length, ids.length);
        const [alone] = await tokenizer.encode([plain("", completion)], "none");
        if (alone === undefined || alone instanceof Error) return assert.equal(first, last);
        assert.deepEqual(ids.slice(first, last), alone.ids.slice(...alone.completion));
        assert.deepEqual(offsets, alone.offsets);
      }));
    });
  }
});

Deno.test("a model without types is given none, and one with too few refuses them", async () => {
  const without = await goldenTokenizer("wordpiece", { input: "pair" });
  const pair = await encodeOne(without, plain("the", "end"));
  assert.equal(pair.types, undefined);
  assert.deepEqual(pair.completion, [3, 4]);
  const ids: Sample = { kind: "ids", promptIds: [2, 5, 3], completionIds: [6, 3] };
  assert.equal((await encodeOne(without, ids)).types, undefined);
  const single = await goldenTokenizer("wordpiece", { input: "pair", types: 1 });
  assert.equal((await encodeOne(single, ids)).types, undefined);
  await assert.rejects(encodeOne(single, plain("the", "end")), {
    kind: "invalid_request",
    message: "Cannot encode as the model has an embedding for 1 token types only: received 1",
  });
  const typed = await goldenTokenizer("wordpiece", { input: "pair", types: 2 });
  assert.deepEqual((await encodeOne(typed, ids)).types, Int32Array.of(0, 0, 0, 1, 1));
});

Deno.test("truncation on the left keeps the first token for models that pool it", async () => {
  const options = { context: 5, pooling: "first", input: "pair", types: 2 } as const;
  const tokenizer = await goldenTokenizer("wordpiece", options);
  const ids: Sample = { kind: "ids", promptIds: [2, 5, 6, 7, 3], completionIds: [8, 3] };
  const cut = await encodeOne(tokenizer, ids, "left");
  assert.deepEqual([...cut.ids], [2, 7, 3, 8, 3]);
  assert.deepEqual([...cut.types!], [0, 0, 0, 1, 1]);
});

Deno.test("without a template the tokenizer says so, and why", async () => {
  const tokenizer = await goldenTokenizer("byte");
  assert.equal(tokenizer.chat, false);
  const messages = [{ role: "user", content: "a" }];
  await assert.rejects(encodeOne(tokenizer, { kind: "chat", messages, completion: "b" }), {
    message:
      "Cannot render messages as the model has no chat template (--chat-template gives it one): " +
      "received 1 message",
  });
});

Deno.test("truncation on the left keeps the first token, whatever wrote it", async () => {
  const context = 30;
  const tokenizer = await goldenTokenizer("llama", {
    context,
    chatTemplate: templates.headed ?? "",
  });
  const content = "the end of the movie, ".repeat(4);
  const bos = 1;
  const samples: Sample[] = [
    plain(content, " great"),
    { kind: "chat", messages: [{ role: "user", content }], completion: "great" },
    {
      kind: "ids",
      promptIds: [bos, ...Array.from({ length: 40 }, (_, at) => at + 10)],
      completionIds: [7],
    },
  ];
  for (const encoding of await tokenizer.encode(samples, "left")) {
    assert.ok(!(encoding instanceof Error), String(encoding));
    assert.equal(encoding.ids.length, context);
    assert.equal(encoding.ids[0], bos);
    assert.ok(!encoding.ids.slice(1).includes(bos));
    assert.ok(encoding.truncated);
    assert.ok(encoding.completion[0] > 1 && encoding.completion[1] > encoding.completion[0]);
  }
});

Deno.test("truncation on the right keeps the token that closes the turn as the pooled one", async () => {
  const tokenizer = await goldenTokenizer("byte", {
    context: 25,
    chatTemplate: templates.headed ?? "",
  });
  const messages = [{ role: "user", content: "end" }];
  const completion = "the end of the end of the end of the end of the end of the end";
  const sample: Sample = { kind: "chat", messages, completion };
  const whole = await goldenTokenizer("byte", { chatTemplate: templates.headed ?? "" });
  const { ids, closing } = await encodeOne(whole, sample);
  const cut = await encodeOne(tokenizer, sample, "right");
  assert.equal(cut.ids.length, 25);
  assert.equal(cut.ids[cut.pool[0]!], ids[ids.length - 1]);
  assert.equal(cut.closing[1] - cut.closing[0], closing[1] - closing[0]);
  assert.equal(cut.completionLength, lengthOf(completion));
  assert.ok(cut.offsets.length > 0 && cut.offsets.at(-1)![1] < lengthOf(completion));
});

Deno.test("texts, conversations and ids are closed with the end-of-sequence token on request", async () => {
  const tokenizer = await goldenTokenizer("llama", { chatTemplate: templates.headed ?? "" });
  const eos = 2;
  const samples: Sample[] = [
    plain("the end", " great"),
    plain("the end", " great</s>"),
    { kind: "plain", prompt: "the end", completion: " great", templated: true },
    { kind: "chat", messages: [{ role: "user", content: "end" }], completion: "great" },
    { kind: "ids", promptIds: [1, 5], completionIds: [6] },
    { kind: "ids", promptIds: [1, 5], completionIds: [6, eos] },
  ];
  const open = await tokenizer.encode(samples, "none", "none");
  const closed = await tokenizer.encode(samples, "none", "eos");
  assert.equal(tokenizer.close, "none");
  assert.deepEqual(await tokenizer.encode(samples, "none"), open);
  for (const [i, encoding] of closed.entries()) {
    const before = open[i]!;
    assert.ok(!(encoding instanceof Error) && !(before instanceof Error));
    const isOpen = before.ids.at(-1) !== eos;
    assert.deepEqual([...encoding.ids], [...before.ids, ...isOpen ? [eos] : []]);
    assert.deepEqual(encoding.completion, before.completion);
    assert.equal(encoding.closing[1], encoding.ids.length);
  }
  assert.deepEqual(open.map((each) => (each as Encoding).ids.at(-1) === eos), [
    false,
    true,
    false,
    false,
    false,
    true,
  ]);
});

Deno.test("a tokenizer may close whatever it is given, unless it is told not to", async () => {
  const tokenizer = await goldenTokenizer("llama", { close: "eos" });
  assert.equal(tokenizer.close, "eos");
  const open = await tokenizer.encode([plain("a", "b")], "none", "none");
  const [closed] = await tokenizer.encode([plain("a", "b")], "none");
  assert.equal((closed as Encoding).ids.length, (open[0] as Encoding).ids.length + 1);
  // Nothing but the end is a text too.
  const nothing: Sample = { kind: "ids", promptIds: [], completionIds: [] };
  assert.deepEqual([...(await encodeOne(tokenizer, nothing)).ids], [2]);
});

Deno.test("a model without an end-of-sequence token cannot close texts", async () => {
  const tokenizer = await goldenTokenizer("wordpiece");
  await assert.rejects(tokenizer.encode([plain("a", "b")], "none", "eos"), {
    kind: "invalid_request",
    path: "close",
    message: "Cannot close texts as the model's tokenizer names no end-of-sequence token: " +
      "received eos",
  });
  await assert.rejects(goldenTokenizer("wordpiece", { close: "eos" }), {
    kind: "bad_usage",
    message: "Cannot close texts as the model's tokenizer names no end-of-sequence token: " +
      "received --append-eos",
  });
  await assert.rejects(goldenTokenizer("llama", { close: "eos", vocabulary: 2 }), {
    kind: "bad_usage",
    message: "Cannot close texts as the model has no embedding for its end-of-sequence token 2: " +
      "received --append-eos",
  });
});

Deno.test("ids that end in padding are closed by no token, whichever file says what padding is", async () => {
  const padded: Sample = { kind: "ids", promptIds: [5, 6], completionIds: [7, 8, 8] };
  const passing = await goldenTokenizer("llama", { pooling: { lastNot: 8 } });
  const [refused] = await passing.encode([padded], "none", "eos");
  assert.match(String(refused), /Cannot close a text that ends in padding, .* the id 8 at the end/);
  assert.deepEqual((await encodeOne(passing, padded)).pool, [2]);
  // This tokenizer pads with the token that ends texts, so that they are closed already.
  const ended = await goldenTokenizer("metaspace");
  const own: Sample = { kind: "ids", promptIds: [5], completionIds: [7, 2, 2] };
  const [closed] = await ended.encode([own], "none", "eos");
  assert.deepEqual([...(closed as Encoding).ids], [5, 7, 2, 2]);
});
