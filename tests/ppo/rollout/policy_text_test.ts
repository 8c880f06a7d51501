import assert from "node:assert/strict";
import fc from "fast-check";
import { type CompletionText, PolicyText } from "../../../src/ppo/rollout/policy_text.ts";
import { codePointLength } from "../../../src/text/encoding.ts";
import { Tokenizer } from "../../../src/text/tokenizer.ts";
import { readTokenizerFiles } from "../../../src/text/tokenizer_files.ts";
import { tokenizerDirectory } from "../../text/golden.ts";
import { policyDirectory } from "../golden_policy.ts";

const END = 2;
const ASTRONAUT = "\u{1F469}\u{200D}\u{1F680}"; // three code points, eleven bytes
const byteLevel = await PolicyText.load(policyDirectory("llama"));

async function encoded(text: string): Promise<number[]> {
  const [ids] = await byteLevel.encode([text]);
  return [...ids!];
}

/** The text of a prompt and a response, given their ids. */
async function written(prompt: readonly number[], response: readonly number[]) {
  const ids = Int32Array.from([...prompt, ...response]);
  const [text] = await byteLevel.decode([{ ids, promptLength: prompt.length }]);
  return text!;
}

/** Fails unless the spans cover the completion in order. */
function assertPartition({ completion, spans, pieces }: CompletionText): void {
  const characters = Array.from(completion);
  let reached = 0;
  for (const [i, [start, end]] of spans.entries()) {
    assert.ok(start <= reached, `span ${i} leaves a gap`);
    assert.ok(start <= end && end <= characters.length, `span ${i}: ${start} to ${end}`);
    const [startBefore, endBefore] = spans[i - 1] ?? [0, 0];
    assert.ok(start >= startBefore && end >= endBefore, `span ${i} goes back`);
    assert.equal(pieces[i], characters.slice(start, end).join(""));
    reached = Math.max(reached, end);
  }
  assert.equal(reached, characters.length, "everything is covered");
}

Deno.test("spans of tokens with whole characters follow one another", async () => {
  const text = await written(await encoded("the movie"), await encoded(" was great."));
  assert.deepEqual([text.prompt, text.completion], ["the movie", " was great."]);
  assert.equal(text.pieces.join(""), " was great.");
  text.spans.forEach(([start], i) => assert.equal(start, text.spans[i - 1]?.[1] ?? 0));
  assertPartition(text);
});

Deno.test("every token of a character shows the whole character", async () => {
  const [emoji] = Array.from(ASTRONAUT);
  const ids = await encoded(`a${emoji}b`);
  assert.equal(ids.length, 6, "four bytes are four tokens");
  const text = await written([1], ids);
  assert.equal(text.completion, `a${emoji}b`);
  assert.deepEqual(text.spans, [[0, 1], [1, 2], [1, 2], [1, 2], [1, 2], [2, 3]]);
  assert.deepEqual(text.pieces, ["a", emoji, emoji, emoji, emoji, "b"]);
});

Deno.test("a character of several code points, and one of two bytes", async () => {
  const text = await written(await encoded("a "), await encoded(`caf\u00e9 ${ASTRONAUT}.`));
  assert.equal(text.completion, `caf\u00e9 ${ASTRONAUT}.`);
  assert.equal(codePointLength(text.completion), 9);
  assertPartition(text);
});

Deno.test("a completion that stops within a character shows a replacement character", async () => {
  const ids = await encoded("\u{1F469}");
  const text = await written([1], ids.slice(0, 2));
  assert.equal(text.completion, "\ufffd");
  assertPartition(text);
});

Deno.test("EOS and other special tokens have empty spans", async () => {
  const text = await written(await encoded("the"), [...await encoded(" end"), END]);
  assert.equal(text.completion, " end");
  assert.deepEqual(text.spans.at(-1), [4, 4]);
  assert.equal(text.pieces.at(-1), "");
  const alone = await written(await encoded("the"), [END]);
  assert.deepEqual(alone, { prompt: "the", completion: "", spans: [[0, 0]], pieces: [""] });
});

Deno.test("an empty completion has no spans", async () => {
  const text = await written(await encoded("the end"), []);
  assert.deepEqual(text, { prompt: "the end", completion: "", spans: [], pieces: [] });
});

Deno.test("for any ids, the spans cover the decoded text", async () => {
  const ids = fc.array(fc.nat(95), { maxLength: 12 });
  const { tokenizer } = await readTokenizerFiles(policyDirectory("llama"));
  const library = await Tokenizer.load(tokenizer);
  await fc.assert(
    fc.asyncProperty(ids, ids, async (prompt, response) => {
      const text = await written(prompt, response);
      assert.equal(text.spans.length, response.length);
      const [whole] = await library.decode([[...prompt, ...response]]);
      assert.equal(text.prompt + text.completion, whole);
      assert.ok(text.completion.isWellFormed());
      assertPartition(text);
    }),
    { numRuns: 300 },
  );
});

Deno.test("decoding many sequences equals decoding each alone", async () => {
  const sequences = [["the", " end"], ["", "a \u{1F469}"], ["was", ""]] as const;
  const ids = await Promise.all(sequences.map(async ([prompt, response]) => {
    const [before, after] = [await encoded(prompt), await encoded(response)];
    return { ids: Int32Array.from([...before, ...after]), promptLength: before.length };
  }));
  const together = await byteLevel.decode(ids);
  for (const [i, each] of ids.entries()) {
    assert.deepEqual(await byteLevel.decode([each]), [together[i]]);
  }
  assert.deepEqual(await byteLevel.decode([]), []);
});

Deno.test("sequences beyond the size of one group keep their order", async () => {
  const [word] = await encoded("a");
  const sequences = [3, 40_000, 30_000, 2].map((length, i) => ({
    ids: new Int32Array(length).fill(word!),
    promptLength: Math.max(0, length - i),
  }));
  const texts = await byteLevel.decode(sequences);
  assert.deepEqual(texts.map(({ prompt }) => prompt.length), [3, 39_999, 29_998, 0]);
  assert.deepEqual(texts.map(({ completion }) => completion), ["", "a", "aa", "aa"]);
});

Deno.test("if a prompt stops within a character, the character belongs to the completion", async () => {
  const ids = await encoded("a\u{1F469}b");
  for (const bytes of [1, 2, 3]) {
    const text = await written(ids.slice(0, 1 + bytes), ids.slice(1 + bytes));
    assert.deepEqual([text.prompt, text.completion], ["a", "\u{1F469}b"]);
    assertPartition(text);
  }
});

Deno.test("a decoder that strips the first space of a text strips none of a completion", async () => {
  const files = await readTokenizerFiles(tokenizerDirectory("metaspace"));
  const decoder = {
    type: "Metaspace",
    replacement: "\u2581",
    prepend_scheme: "always",
    split: true,
  };
  const json = JSON.stringify({ ...JSON.parse(files.tokenizer), decoder });
  const policy = new PolicyText(await Tokenizer.load(json));
  const [whole, prompt] = await policy.encode(["the end of the film", "the end"]);
  const [text] = await policy.decode([{ ids: whole!, promptLength: prompt!.length }]);
  assert.deepEqual([text!.prompt, text!.completion], ["the end", " of the film"]);
  assert.equal(text!.pieces.join(""), " of the film");
  assertPartition(text!);
});

/** A policy of byte tokens, whose decoder replaces a whole run of bytes if one is wrong. */
async function bytewise(): Promise<{ policy: PolicyText; ids: (bytes: number[]) => number[] }> {
  const names = Array.from({ length: 256 }, (_, byte) => {
    return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  });
  const json = JSON.stringify({
    version: "1.0",
    added_tokens: [],
    decoder: { type: "Sequence", decoders: [{ type: "ByteFallback" }, { type: "Fuse" }] },
    model: {
      type: "BPE",
      byte_fallback: true,
      unk_token: "<unk>",
      vocab: Object.fromEntries(["<unk>", "a", ...names].map((name, id) => [name, id])),
      merges: [],
    },
  });
  const ids = (bytes: number[]) => bytes.map((byte) => byte + 2);
  return { policy: new PolicyText(await Tokenizer.load(json)), ids };
}

Deno.test("spans never decrease, even if a wrong byte invalidates a complete character", async () => {
  const { policy, ids } = await bytewise();
  const invalidated = [1, ...ids([0xe2, 0x82, 0xac, 0x82])]; // the euro sign, and one byte too many
  const [text] = await policy.decode([{ ids: Int32Array.from(invalidated), promptLength: 1 }]);
  assert.equal(text!.completion, "\ufffd".repeat(4));
  assert.deepEqual(text!.spans, [[0, 1], [1, 2], [2, 2], [2, 4]]);
  const byte = fc.constantFrom(0x41, 0x82, 0xac, 0xc3, 0xe2, 0xf0, 0xff);
  const bytes = fc.array(byte, { minLength: 1, maxLength: 9 });
  await fc.assert(fc.asyncProperty(bytes, fc.nat(8), async (bytes, before) => {
    const sequence = {
      ids: Int32Array.from(ids(bytes)),
      promptLength: Math.min(before, bytes.length),
    };
    const [text] = await policy.decode([sequence]);
    assertPartition(text!);
  }));
});

Deno.test("a prompt keeps the special tokens before the text and drops those after it", async () => {
  const { tokenizer } = await readTokenizerFiles(tokenizerDirectory("metaspace"));
  const library = await Tokenizer.load(tokenizer);
  const [tokens] = await library.encode(["the end"], { addSpecialTokens: true });
  assert.ok(tokens !== undefined && !(tokens instanceof Error));
  assert.deepEqual(tokens.texts, [[1, tokens.ids.length - 1]]);
  const policy = new PolicyText(library);
  assert.deepEqual(await policy.encode(["the end"]), [tokens.ids.slice(0, -1)]);
});

Deno.test("a prompt without tokens becomes BOS, or EOS if there is no BOS", async () => {
  assert.deepEqual(await encoded(""), [1]);
  assert.deepEqual([...byteLevel.opening], [1]);
  const { tokenizer } = await readTokenizerFiles(policyDirectory("llama"));
  const library = await Tokenizer.load(tokenizer);
  assert.deepEqual([...(await new PolicyText(library, { start: 2 }).encode([""]))[0]!], [2]);
  assert.deepEqual([...(await new PolicyText(library).encode([""]))[0]!], []);
});

Deno.test("a prompt that the tokenizer refuses is named by its index", async () => {
  const library = await Tokenizer.load(JSON.stringify({
    version: "1.0",
    added_tokens: [],
    pre_tokenizer: { type: "Whitespace" },
    model: { type: "WordLevel", vocab: { a: 0, b: 1 }, unk_token: "[UNK]" },
  }));
  await assert.rejects(new PolicyText(library).encode(["a", "c"]), {
    kind: "invalid_request",
    path: "[1]",
    message: /^Cannot tokenise a prompt/,
  });
});
