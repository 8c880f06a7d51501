/**
 * The classes that build a tokenizer anew from a vocabulary, as the table of what transformers 5.23 builds:
 * of tokenizer.json they keep vocabulary, merges and post-processor only.
 *
 * @module
 */

import { z } from "zod";
import type { TokenFlags } from "./added_token.ts";
import type { Arguments, SpecialName } from "./tokenizer_arguments.ts";
import {
  frameByBosAndEos,
  frameByClsAndSep,
  type FrameInput,
  frameRoberta,
  frameXlmRoberta,
  type Part,
} from "./tokenizer_frames.ts";
import type { VocabularyFile } from "./vocabulary_files.ts";

/** What a class builds. */
export interface BuiltParts {
  /** The model without its vocabulary and merges. */
  readonly model: Part;
  readonly normalizer: Part | null;
  readonly pre_tokenizer: Part | null;
  readonly decoder: Part;
}

/** What a class builds from. */
export interface BuildInput {
  readonly others: Arguments;
  /** The text of a special token, as Python writes it: `None` where there is none. */
  readonly named: (name: SpecialName) => string;
  /** The pieces of a Unigram vocabulary with their scores. */
  readonly pieces: readonly (readonly [piece: string, score: number])[];
  /** The compiled normaliser of a sentencepiece model, where tokenizer.json has one. */
  readonly precompiled: Part | null;
}

/** One of the classes. */
export interface TokenizerClass {
  /** The algorithm that tokenizer.json must have. */
  readonly algorithm: "BPE" | "WordPiece" | "Unigram";
  /** The special tokens that it has where the files do not say otherwise. */
  readonly names: Readonly<Partial<Record<SpecialName, string | null>>>;
  /** Flags of those of them that the files name by their texts only. @default plain special ones */
  readonly flags?: Readonly<Partial<Record<SpecialName, Partial<TokenFlags>>>>;
  /** Special tokens without a name, where the files have none. @default none */
  readonly extra?: readonly string[];
  /** Whether it gives token types, unless `model_input_names` says otherwise. @default false */
  readonly typed?: boolean;
  /** Whether its special tokens are added once more, plainly, at the end. @default false */
  readonly addsAgain?: boolean;
  readonly build: (input: BuildInput) => BuiltParts;
  /** The file that it builds from where there is no tokenizer.json. @default there is none */
  readonly vocabulary?: VocabularyFile;
  /** A post-processor instead of tokenizer.json's. */
  readonly frame?: (input: FrameInput) => Part;
}

/** What Qwen2 splits texts by. */
const QWEN2_PATTERN = String
  .raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`;

const SPACE = "▁";

const byteLevelDecoder = {
  type: "ByteLevel",
  add_prefix_space: true,
  trim_offsets: true,
  use_regex: true,
};
const byteModel = { type: "BPE", continuing_subword_prefix: "", end_of_word_suffix: "" };
const fallbackModel = { type: "BPE", fuse_unk: true, byte_fallback: true };

function byteLevel(add_prefix_space: boolean, use_regex = true): Part {
  return { type: "ByteLevel", add_prefix_space, trim_offsets: true, use_regex };
}

function metaspace(prepend_scheme: string, split = true): Part {
  return { type: "Metaspace", replacement: SPACE, prepend_scheme, split };
}

function sequence(
  kind: "normalizers" | "pretokenizers" | "decoders",
  parts: readonly Part[],
): Part {
  return { type: "Sequence", [kind]: parts };
}

function replace(pattern: Part, content: string): Part {
  return { type: "Replace", pattern, content };
}

/** Back from pieces with bytes to text. */
function fallbackDecoder(strip: boolean): Part {
  const parts = [replace({ String: SPACE }, " "), { type: "ByteFallback" }, { type: "Fuse" }];
  const start = { type: "Strip", content: " ", start: 1, stop: 0 };
  return sequence("decoders", strip ? [...parts, start] : parts);
}

/** Llama 2: bytes for the unknown, and spaces as signs. */
function buildLlama({ others }: BuildInput): BuiltParts {
  const prefixed = others.flag("add_prefix_space", true, true);
  const scheme = others.flag("legacy", false, false) ? "always" : "first";
  return {
    model: fallbackModel,
    normalizer: null,
    pre_tokenizer: metaspace(prefixed ? scheme : "never", false),
    decoder: fallbackDecoder(prefixed),
  };
}

/** GPT-2: bytes, words with the space before them. */
function buildGpt2({ others }: BuildInput): BuiltParts {
  return {
    model: byteModel,
    normalizer: null,
    pre_tokenizer: byteLevel(others.flag("add_prefix_space", false)),
    decoder: byteLevelDecoder,
  };
}

/** The same behind a normaliser. */
function buildGptNeoX(input: BuildInput): BuiltParts {
  return { ...buildGpt2(input), normalizer: { type: "NFC" } };
}

/** The same with another pattern of words. */
function buildQwen2({ others }: BuildInput): BuiltParts {
  const split = {
    type: "Split",
    pattern: { Regex: QWEN2_PATTERN },
    behavior: "Isolated",
    invert: false,
  };
  const bytes = byteLevel(others.flag("add_prefix_space", false, false), false);
  return {
    model: byteModel,
    normalizer: { type: "NFC" },
    pre_tokenizer: sequence("pretokenizers", [split, bytes]),
    decoder: byteLevelDecoder,
  };
}

/** Spaces as signs, and no prefix. */
function buildGemma({ named }: BuildInput): BuiltParts {
  return {
    model: { ...fallbackModel, unk_token: named("unk_token") },
    normalizer: replace({ String: " " }, SPACE),
    pre_tokenizer: {
      type: "Split",
      pattern: { String: " " },
      behavior: "MergedWithPrevious",
      invert: false,
    },
    decoder: fallbackDecoder(false),
  };
}

/** Words of pieces; upper case and accents are dropped unless a switch keeps them. */
function buildBert({ others, named }: BuildInput): BuiltParts {
  return {
    model: {
      type: "WordPiece",
      unk_token: named("unk_token"),
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
    },
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: others.flag("tokenize_chinese_chars", true),
      strip_accents: others.read("strip_accents", z.boolean()) ?? null,
      lowercase: others.flag("do_lower_case", true),
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  };
}

/** Pieces by likelihood. Without a prefix space the first piece gets one nevertheless. */
function buildDebertaV2({ others, named, pieces }: BuildInput): BuiltParts {
  const unknown = named("unk_token");
  const at = pieces.findIndex(([piece, score]) => piece === unknown && score === 0);
  const unk_id = at >= 0 ? at : others.read("unk_id", z.int().min(0)) ?? 1;
  const scheme = others.flag("add_prefix_space", true) ? "always" : "first";
  const punctuation = { type: "Punctuation", behavior: "Isolated" };
  return {
    model: { type: "Unigram", unk_id, byte_fallback: false },
    normalizer: sequence("normalizers", [
      ...(others.flag("do_lower_case", false) ? [{ type: "Lowercase" }] : []),
      replace({ Regex: String.raw`\s{2,}|[\n\r\t]` }, " "),
      { type: "NFC" },
      { type: "Strip", strip_left: false, strip_right: true },
    ]),
    pre_tokenizer: sequence("pretokenizers", [
      ...(others.flag("split_by_punct", false) ? [punctuation] : []),
      metaspace(scheme),
    ]),
    decoder: metaspace(scheme),
  };
}

/** Pieces by likelihood of words between spaces. */
function buildXlmRoberta({ others, precompiled }: BuildInput): BuiltParts {
  const spaces = metaspace(others.flag("add_prefix_space", true) ? "always" : "never");
  return {
    model: { type: "Unigram", unk_id: 3, byte_fallback: false },
    normalizer: precompiled,
    pre_tokenizer: sequence("pretokenizers", [{ type: "WhitespaceSplit" }, spaces]),
    decoder: spaces,
  };
}

/** The same, whose token for the unknown has no place of its own. */
function buildCamembert(input: BuildInput): BuiltParts {
  const parts = buildXlmRoberta(input);
  const unknown = input.named("unk_token");
  const at = input.pieces.findIndex(([piece]) => piece === unknown);
  return { ...parts, model: { ...parts.model, unk_id: Math.max(0, at) } };
}

const END = "<|endoftext|>";
const bertNames = {
  unk_token: "[UNK]",
  sep_token: "[SEP]",
  pad_token: "[PAD]",
  cls_token: "[CLS]",
  mask_token: "[MASK]",
};
const robertaNames = {
  bos_token: "<s>",
  eos_token: "</s>",
  sep_token: "</s>",
  cls_token: "<s>",
  unk_token: "<unk>",
  pad_token: "<pad>",
  mask_token: "<mask>",
};
const bert: TokenizerClass = {
  algorithm: "WordPiece",
  names: bertNames,
  typed: true,
  build: buildBert,
  vocabulary: "vocab.txt",
  frame: frameByClsAndSep([2, 3]),
};

/** By the names of transformers, without `Fast`. */
export const tokenizerClasses: Readonly<Record<string, TokenizerClass>> = {
  LlamaTokenizer: {
    algorithm: "BPE",
    names: { unk_token: "<unk>", bos_token: "<s>", eos_token: "</s>" },
    build: buildLlama,
  },
  GPT2Tokenizer: {
    algorithm: "BPE",
    names: { unk_token: END, bos_token: END, eos_token: END, pad_token: null },
    build: buildGpt2,
    vocabulary: "vocab.json",
  },
  GPTNeoXTokenizer: {
    algorithm: "BPE",
    names: { unk_token: END, bos_token: END, eos_token: END, pad_token: "<|padding|>" },
    build: buildGptNeoX,
    vocabulary: "vocab.json",
    frame: frameByBosAndEos,
  },
  Qwen2Tokenizer: {
    algorithm: "BPE",
    names: { unk_token: END, bos_token: null, eos_token: END, pad_token: END },
    addsAgain: true,
    build: buildQwen2,
    vocabulary: "vocab.json",
  },
  GemmaTokenizer: {
    algorithm: "BPE",
    names: {
      unk_token: "<unk>",
      bos_token: "<bos>",
      eos_token: "<eos>",
      pad_token: "<pad>",
      mask_token: "<mask>",
    },
    build: buildGemma,
  },
  RobertaTokenizer: {
    algorithm: "BPE",
    names: robertaNames,
    build: buildGpt2,
    vocabulary: "vocab.json",
    frame: frameRoberta,
  },
  XLMRobertaTokenizer: {
    algorithm: "Unigram",
    names: robertaNames,
    build: buildXlmRoberta,
    frame: frameXlmRoberta,
  },
  CamembertTokenizer: {
    algorithm: "Unigram",
    names: robertaNames,
    flags: { mask_token: { lstrip: true } },
    extra: ["<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"],
    build: buildCamembert,
    frame: frameXlmRoberta,
  },
  BertTokenizer: bert,
  DistilBertTokenizer: { ...bert, typed: false },
  DebertaV2Tokenizer: {
    algorithm: "Unigram",
    names: { ...bertNames, bos_token: "[CLS]", eos_token: "[SEP]" },
    typed: true,
    build: buildDebertaV2,
    frame: frameByClsAndSep([0, 0]),
  },
};
