import assert from "node:assert/strict";
import fc from "fast-check";
import { PolicyText, type WrittenText } from "../../../src/ppo/rollout/policy_text.ts";
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

/** What is written after a prompt, both by their ids. */
async function written(prompt: readonly number[], response: readonly number[]) {
  const ids = Int32Array.from([...prompt, ...response]);
  const [text] = await byteLevel.write([{ ids, promptLength: prompt.length }]);
  return text!;
}

/** Fails unless spans go through the completion from its beginning to its end and leave out nothing. */
function assertPartition({ completion, spans, pieces }: WrittenText): void {
  const characters = Array.from(completion);
  let reached = 0;
  for (const [i, [start, end]] of spans.entries()) {
    assert.ok(start <= reached, `span ${i} leaves out something`);
    assert.ok(start <= end && end <= characters.length, `span ${i}: ${start} to ${end}`);
    const [startBefore, endBefore] = spans[i - 1] ?? [0, 0];
    assert.ok(start >= startBefore && end >= endBefore, `span ${i} goes back`);
    assert.equal(pieces[i], characters.slice(start, end).join(""));
    reached = Math.max(reached, end);
  }
  assert.equal(reached, characters.length, "nothing is left over");
}

Deno.test("tokens of whole characters stand one behind the other", async () => {
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

Deno.test("a completion that stops within a character shows that something is there", async () => {
  const ids = await encoded("\u{1F469}");
  const text = await written([1], ids.slice(0, 2));
  assert.equal(text.completion, "\ufffd");
  assertPartition(text);
});

Deno.test("an end token has a span of no width, and so has every special one", async () => {
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

Deno.test("whatever ids are drawn, spans partition the text that they decode to", async () => {
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

Deno.test("many sequences are written as each would be alone", async () => {
  const sequences = [["the", " end"], ["", "a \u{1F469}"], ["was", ""]] as const;
  const ids = await Promise.all(sequences.map(async ([prompt, response]) => {
    const [before, after] = [await encoded(prompt), await encoded(response)];
    return { ids: Int32Array.from([...before, ...after]), promptLength: before.length };
  }));
  const together = await byteLevel.write(ids);
  for (const [i, each] of ids.entries()) {
    assert.deepEqual(await byteLevel.write([each]), [together[i]]);
  }
  assert.deepEqual(await byteLevel.write([]), []);
});

Deno.test("more tokens than are read in one go come back in their order", async () => {
  const [word] = await encoded("a");
  const sequences = [3, 40_000, 30_000, 2].map((length, i) => ({
    ids: new Int32Array(length).fill(word!),
    promptLength: Math.max(0, length - i),
  }));
  const texts = await byteLevel.write(sequences);
  assert.deepEqual(texts.map(({ prompt }) => prompt.length), [3, 39_999, 29_998, 0]);
  assert.deepEqual(texts.map(({ completion }) => completion), ["", "a", "aa", "aa"]);
});

Deno.test("a prompt that stops within a character leaves the character to the completion", async () => {
  const ids = await encoded("a\u{1F469}b");
  for (const bytes of [1, 2, 3]) {
    const text = await written(ids.slice(0, 1 + bytes), ids.slice(1 + bytes));
    assert.deepEqual([text.prompt, text.completion], ["a", "\u{1F469}b"]);
    assertPartition(text);
  }
});

Deno.test("a decoder that writes no space where a text begins loses none in a completion", async () => {
  const files = await readTokenizerFiles(tokenizerDirectory("metaspace"));
  const decoder = {
    type: "Metaspace",
    replacement: "\u2581",
    prepend_scheme: "always",
    split: true,
  };
  const json = JSON.stringify({ ...JSON.parse(files.tokenizer), decoder });
  const policy = new PolicyText(await Tokenizer.load(json, files.addedTokens), undefined);
  const [whole, prompt] = await policy.encode(["the end of the film", "the end"]);
  const [text] = await policy.write([{ ids: whole!, promptLength: prompt!.length }]);
  assert.deepEqual([text!.prompt, text!.completion], ["the end", " of the film"]);
  assert.equal(text!.pieces.join(""), " of the film");
  assertPartition(text!);
});

/** A policy of single bytes, whose decoder writes a whole run of them anew where one is wrong. */
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
  return { policy: new PolicyText(await Tokenizer.load(json), undefined), ids };
}

Deno.test("a wrong byte that spoils a whole character moves no span back", async () => {
  const { policy, ids } = await bytewise();
  const spoilt = [1, ...ids([0xe2, 0x82, 0xac, 0x82])]; // the euro sign, and one byte too many
  const [text] = await policy.write([{ ids: Int32Array.from(spoilt), promptLength: 1 }]);
  assert.equal(text!.completion, "\ufffd".repeat(4));
  assert.deepEqual(text!.spans, [[0, 1], [1, 2], [2, 2], [2, 4]]);
  const byte = fc.constantFrom(0x41, 0x82, 0xac, 0xc3, 0xe2, 0xf0, 0xff);
  const bytes = fc.array(byte, { minLength: 1, maxLength: 9 });
  await fc.assert(fc.asyncProperty(bytes, fc.nat(8), async (bytes, before) => {
    const sequence = {
      ids: Int32Array.from(ids(bytes)),
      promptLength: Math.min(before, bytes.length),
    };
    const [text] = await policy.write([sequence]);
    assertPartition(text!);
  }));
});

Deno.test("a prompt has what the tokenizer puts in front, and nothing of what it puts behind", async () => {
  const { tokenizer, addedTokens } = await readTokenizerFiles(tokenizerDirectory("metaspace"));
  const library = await Tokenizer.load(tokenizer, addedTokens);
  const [tokens] = await library.encode(["the end"], { addSpecialTokens: true });
  assert.ok(tokens !== undefined && !(tokens instanceof Error));
  assert.deepEqual(tokens.texts, [[1, tokens.ids.length - 1]]);
  const policy = new PolicyText(library, undefined);
  assert.deepEqual(await policy.encode(["the end"]), [tokens.ids.slice(0, -1)]);
});

Deno.test("a prompt of no tokens is the token that texts start with, or the one that they end with", async () => {
  assert.deepEqual(await encoded(""), [1]);
  assert.deepEqual([...byteLevel.opening], [1]);
  const { tokenizer } = await readTokenizerFiles(policyDirectory("llama"));
  const library = await Tokenizer.load(tokenizer);
  assert.deepEqual([...(await new PolicyText(library, 2).encode([""]))[0]!], [2]);
  assert.deepEqual([...(await new PolicyText(library, undefined).encode([""]))[0]!], []);
});

Deno.test("a prompt that the tokenizer refuses is named by its place", async () => {
  const library = await Tokenizer.load(JSON.stringify({
    version: "1.0",
    added_tokens: [],
    pre_tokenizer: { type: "Whitespace" },
    model: { type: "WordLevel", vocab: { a: 0, b: 1 }, unk_token: "[UNK]" },
  }));
  await assert.rejects(new PolicyText(library, undefined).encode(["a", "c"]), {
    kind: "invalid_request",
    path: "[1]",
    message: /^Cannot tokenise a prompt/,
  });
});
