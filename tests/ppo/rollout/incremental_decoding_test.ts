import assert from "node:assert/strict";
import fc from "fast-check";
import {
  matchPrefixes,
  type PrefixMatch,
  runDecodeTasks,
} from "../../../src/ppo/rollout/incremental_decoding.ts";
import { Tokenizer } from "../../../src/text/tokenizer.ts";
import { readTokenizerFiles } from "../../../src/text/tokenizer_files.ts";
import { tokenizerDirectory, tokenizerNames } from "../../text/golden.ts";
import { policyDirectory } from "../golden_policy.ts";

type Decode = Parameters<typeof runDecodeTasks>[1];

/** The same by definition: every prefix decoded from its first token. */
async function reference(ids: Int32Array, from: number, decode: Decode): Promise<PrefixMatch[]> {
  const texts = await decode(
    Array.from({ length: ids.length - from + 1 }, (_, more) => ids.subarray(0, from + more)),
  );
  const whole = Array.from(texts.at(-1)!);
  return texts.map((text) => {
    const characters = Array.from(text);
    const other = characters.findIndex((each, i) => each !== whole[i]);
    return { shared: other < 0 ? characters.length : other, length: characters.length };
  });
}

async function found(ids: Int32Array, from: number, decode: Decode): Promise<PrefixMatch[]> {
  const [whole = ""] = await decode([ids]);
  const [matches] = await runDecodeTasks(
    [matchPrefixes({ ids, from }, Array.from(whole))],
    decode,
  );
  return matches!;
}

/** Decoders of tokenizers of the named families. */
const decoders = {
  none: null,
  llama2: {
    type: "Sequence",
    decoders: [
      { type: "Replace", pattern: { String: "\u2581" }, content: " " },
      { type: "ByteFallback" },
      { type: "Fuse" },
      { type: "Strip", content: " ", start: 1, stop: 0 },
    ],
  },
  metaspace: { type: "Metaspace", replacement: "\u2581", prepend_scheme: "always", split: true },
  wordpiece: { type: "WordPiece", prefix: "##", cleanup: true },
  ctc: { type: "CTC", pad_token: "<pad>", word_delimiter_token: "|", cleanup: true },
  suffix: { type: "BPEDecoder", suffix: "e" },
  // Cuts the text after twenty characters, which a window cannot know.
  short: {
    type: "Sequence",
    decoders: [
      { type: "ByteLevel", add_prefix_space: true, trim_offsets: true, use_regex: true },
      { type: "Replace", pattern: { Regex: "(?<=^[\\s\\S]{20})[\\s\\S]*" }, content: "" },
    ],
  },
} as const;

/** A tokenizer's directory, with another decoder if one is named. */
async function opened(directory: string, decoder?: keyof typeof decoders) {
  const files = await readTokenizerFiles(directory);
  const json = JSON.parse(files.tokenizer);
  if (decoder !== undefined) json.decoder = decoders[decoder];
  const library = await Tokenizer.load(JSON.stringify(json));
  const decode: Decode = (lists) => library.decode(lists);
  return { library, decode, size: Object.keys(json.model.vocab).length };
}

/** Tokens as a policy may sample them: random ones, runs of one, and texts, some cut within a character. */
async function sequences(library: Tokenizer, size: number): Promise<fc.Arbitrary<number[]>> {
  const texts = [
    "the end",
    "caf\u00e9 \u20ac\u20ac 10",
    "\u{1F469}\u{200D}\u{1F680}!",
    "\u1019\u103c",
    " ",
  ];
  const encoded = (await library.encode(texts, { addSpecialTokens: false }))
    .flatMap((tokens) => tokens instanceof Error ? [] : [[...tokens.ids]]);
  const id = fc.nat(size + 5); // some that are unknown
  const name = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  const bytes = [0x41, 0x82, 0xac, 0xbd, 0xbf, 0xc3, 0xe2, 0xef, 0xf0]
    .flatMap((byte) => library.idOf(name(byte)) ?? []);
  const part = fc.oneof(
    fc.array(id, { maxLength: 12 }),
    fc.tuple(fc.constantFrom(...encoded, [0]), fc.nat(8)).map(([ids, cut]) => {
      return ids.slice(0, Math.max(1, ids.length - cut));
    }),
    fc.constantFrom(...encoded, [0]),
    fc.tuple(fc.oneof(id, fc.nat(2)), fc.nat(40)).map(([one, times]) =>
      Array<number>(times).fill(one)
    ),
    fc.array(bytes.length > 0 ? fc.constantFrom(...bytes) : id, { maxLength: 12 }),
  );
  return fc.array(part, { maxLength: 24 }).map((parts) => parts.flat());
}

const cases: readonly [directory: string, decoder?: keyof typeof decoders][] = [
  ["models/movie-policy"],
  [policyDirectory("gpt2")],
  ...tokenizerNames.map((name): [string] => [tokenizerDirectory(name)]),
  [tokenizerDirectory("llama"), "llama2"],
  [tokenizerDirectory("metaspace"), "llama2"],
  [tokenizerDirectory("metaspace"), "metaspace"],
  [tokenizerDirectory("wordpiece"), "wordpiece"],
  [policyDirectory("gpt2"), "ctc"],
  [policyDirectory("gpt2"), "suffix"],
  [policyDirectory("gpt2"), "short"],
];

for (const [directory, decoder] of cases) {
  const what = `${directory.split("/").slice(-2).join("/")}${
    decoder ? ` decoded as ${decoder}` : ""
  }`;
  Deno.test(`incremental decoding equals decoding every prefix: ${what}`, async () => {
    const { library, decode, size } = await opened(directory, decoder);
    await fc.assert(
      fc.asyncProperty(await sequences(library, size), fc.nat(30), async (drawn, from) => {
        const ids = Int32Array.from(drawn);
        const start = Math.min(from, ids.length);
        assert.deepEqual(await found(ids, start, decode), await reference(ids, start, decode));
      }),
      { numRuns: 60 },
    );
  });
}

/** Counts the tokens that a decoder is given. */
function counted(decode: Decode) {
  const given = { tokens: 0, most: 0 };
  const counting: Decode = (lists) => {
    const tokens = lists.reduce((sum, { length }) => sum + length, 0);
    given.tokens += tokens;
    given.most = Math.max(given.most, tokens);
    return decode(lists);
  };
  return { given, counting };
}

Deno.test("twice the text takes twice the work, and one call decodes no more than before", async () => {
  const { library, decode } = await opened("models/movie-policy");
  const [tokens] = await library.encode([" was a caf\u00e9 \u{1F469} of a film"], {
    addSpecialTokens: false,
  });
  assert.ok(tokens !== undefined && !(tokens instanceof Error));
  const work = async (length: number) => {
    const { given, counting } = counted(decode);
    const ids = Int32Array.from({ length }, (_, i) => tokens.ids[i % tokens.ids.length]!);
    const whole = Array.from((await decode([ids]))[0]!);
    await runDecodeTasks([matchPrefixes({ ids, from: 8 }, whole)], counting);
    return given;
  };
  const [once, twice] = [await work(1_000), await work(2_000)];
  assert.ok(twice.tokens < 2.1 * once.tokens, `${twice.tokens}, ${once.tokens} for half of it`);
  assert.ok(twice.tokens < 30 * 2_000, `${twice.tokens}`);
  assert.ok(twice.most < 2_000, `${twice.most} at once`);
});
