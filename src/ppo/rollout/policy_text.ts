/**
 * Policy text: encodes prompts and decodes completions with the policy's tokenizer.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { ChatTemplate } from "../../text/chat_template.ts";
import type { NoTemplate } from "../../text/choose_template.ts";
import { loadTemplate } from "../../text/load_sample_tokenizer.ts";
import type { Message } from "../../text/sample.ts";
import { Tokenizer } from "../../text/tokenizer.ts";
import { defineTokenizer, type TokenizerDefinition } from "../../text/tokenizer_definition.ts";
import { tokenizerDigest } from "../../text/tokenizer_digest.ts";
import { readTokenizerFiles } from "../../text/tokenizer_files.ts";
import {
  type DecodeTask,
  matchPrefixes,
  type PrefixMatch,
  runDecodeTasks,
} from "./incremental_decoding.ts";

/**
 * A prompt as it was given, where its tokens alone do not tell it: a conversation, or a text that holds
 * special tokens.
 */
export type GivenPrompt = { readonly messages: readonly Message[] } | { readonly prompt: string };

/** The text of a completion, and the place of each token in it. */
export interface CompletionText {
  /** Without special tokens. */
  readonly prompt: string;
  /** What the reward model is told in place of `prompt`. @default `prompt` tells everything */
  readonly given?: GivenPrompt | undefined;
  readonly completion: string;
  /**
   * `[start, end)` in code points of the completion, one per token; empty for EOS. Neither starts nor
   * ends ever decrease.
   */
  readonly spans: readonly (readonly [number, number])[];
  /** The text of each token; a token that is part of a character shows the whole character. */
  readonly pieces: readonly string[];
  /** Whether the policy ended it by itself. @default it was cut off */
  readonly ended?: boolean | undefined;
  /** What it was decoded from; absent where a part of that is not to be told. */
  readonly tokens?: TokenSequence | undefined;
}

/** Token ids, the first `promptLength` of which are the prompt. */
export interface TokenSequence {
  readonly ids: Int32Array;
  readonly promptLength: number;
}

/**
 * Tokens of the sequences that are decoded together, as a call of the decoder costs more than a short
 * text; a longer sequence is decoded alone. A call decodes a few times as many tokens.
 */
const TOGETHER = 65_536;

/** An encoded text. */
export interface EncodedText {
  readonly ids: Int32Array;
  /**
   * The text, if it holds special tokens, which decoding would lose. Without those that it starts with
   * and a tokenizer puts before every text: the reward model's puts its own.
   */
  readonly marked?: string;
}

/** What a policy's tokenizer does with every text, to be compared with the reward model's. */
export interface TokenizerIdentity {
  /** See `tokenizer_digest.ts`. */
  readonly digest: string;
  /** The special tokens that it puts before a text. */
  readonly head: Int32Array;
  /** What a policy begins with that has no other token; not of the text where the tokenizer does not put it there. */
  readonly opening: Int32Array;
  /** How many it puts behind. */
  readonly tail: number;
}

/** What a policy's directory tells beside its tokenizer. */
export interface TextConventions {
  /** The id that a text starts with if it has no other tokens. */
  readonly start?: number | undefined;
  /** Ids of special tokens. @default none */
  readonly special?: ReadonlySet<number>;
  /** Renders conversations up to the assistant's turn. */
  readonly template?: ChatTemplate | NoTemplate;
  /** @default it is not known */
  readonly identity?: TokenizerIdentity | undefined;
}

/** A policy's tokenizer, with its chat template. */
export class PolicyText {
  /** Undefined where it is not known. */
  readonly identity: TokenizerIdentity | undefined;
  readonly #tokenizer: Tokenizer;
  readonly #start: number | undefined;
  readonly #special: ReadonlySet<number>;
  readonly #template: ChatTemplate | NoTemplate;

  constructor(tokenizer: Tokenizer, conventions: TextConventions = {}) {
    this.#tokenizer = tokenizer;
    this.identity = conventions.identity;
    this.#start = conventions.start;
    this.#special = conventions.special ?? new Set();
    this.#template = conventions.template ??
      { missing: "the policy has no chat template", unexpected: false };
  }

  /** @throws {AbacusError} `bad_model` if a file is missing or invalid */
  static async load(directory: string): Promise<PolicyText> {
    const files = await readTokenizerFiles(directory);
    const definition = defineTokenizer(files);
    const { specialTokens, added } = definition;
    const loaded = await Tokenizer.open(definition);
    const first = specialTokens["bos_token"] ?? specialTokens["eos_token"];
    const special = added.filter(({ special }) => special).map(({ content }) =>
      loaded.idOf(content)
    );
    const start = first === undefined ? undefined : loaded.idOf(first);
    return new PolicyText(loaded, {
      start,
      special: new Set(special.filter((id) => id !== undefined)),
      template: await loadTemplate(files, undefined, { specialTokens, generationPrompt: true }),
      identity: await identityOf(loaded, definition, openingOf(start)),
    });
  }

  /** The prompt of a text that starts from nothing: BOS, or else EOS; empty if there is neither. */
  get opening(): Int32Array {
    return openingOf(this.#start);
  }

  /** The ids of prompts; see {@linkcode encodeTexts}. */
  async encode(prompts: readonly string[]): Promise<Int32Array[]> {
    return (await this.encodeTexts(prompts)).map(({ ids }) => ids);
  }

  /**
   * Encodes prompts, with the special tokens that the tokenizer puts before a text and without those that
   * it puts after. A token that the text itself starts with is not put before it again. A prompt without
   * tokens becomes the {@linkcode opening}.
   *
   * @param rendered whether a chat template has put all special tokens into the texts @default false
   * @throws {AbacusError} `invalid_request` for a prompt that the tokenizer refuses, `[i]`
   */
  async encodeTexts(
    prompts: readonly string[],
    { rendered = false }: { readonly rendered?: boolean } = {},
  ): Promise<EncodedText[]> {
    const encoded = await this.#tokenizer.encode(prompts, { addSpecialTokens: !rendered });
    return encoded.map((tokens, i) => {
      if (tokens instanceof Error) {
        throw new AbacusError(
          "invalid_request",
          `Cannot tokenise a prompt as the tokenizer refuses it: received ${tokens.message}`,
          { path: `[${i}]`, cause: tokens },
        );
      }
      const [start = 0, end] = tokens.texts[0] ?? [];
      const [before, own] = [tokens.ids.subarray(0, start), tokens.ids.subarray(start, end)];
      const isRepeated = start > 0 && before.every((id, at) => id === own[at]);
      const ids = Int32Array.from(isRepeated ? own : [...before, ...own]);
      const encodedText = { ids: ids.length > 0 ? ids : this.opening };
      if (!own.some((id) => this.#special.has(id))) return encodedText;
      const from = isRepeated ? tokens.ends[2 * start - 1]! : 0;
      return { ...encodedText, marked: Array.from(prompts[i]!).slice(from).join("") };
    });
  }

  /**
   * The text of a prompt's ids, as {@linkcode EncodedText} has it in `marked`: if it holds special tokens, with
   * them, but for those that the tokenizer puts before every text.
   */
  async marked(ids: Int32Array): Promise<string | undefined> {
    const { head } = this.identity ?? { head: this.opening };
    const differs = head.findIndex((id, at) => id !== ids[at]);
    const own = ids.subarray(differs < 0 ? head.length : differs);
    if (!own.some((id) => this.#special.has(id))) return undefined;
    const [text] = await this.#tokenizer.decode([own], { special: true });
    return text;
  }

  /**
   * Renders a conversation up to where the assistant's turn begins.
   *
   * @throws {AbacusError} `invalid_request` where there is no template, or it refuses the conversation
   */
  render(messages: readonly Message[]): string {
    if (!("missing" in this.#template)) return this.#template.render(messages);
    throw new AbacusError(
      "invalid_request",
      `Cannot render messages as ${this.#template.missing}: received messages as a prompt`,
    );
  }

  /**
   * Decodes completions. A completion is the part of the whole text that goes beyond the prompt's, since
   * a decoder may treat the first token of a text differently.
   */
  async decode(sequences: readonly TokenSequence[]): Promise<CompletionText[]> {
    const texts: CompletionText[] = [];
    for (const group of groupsOf(sequences)) {
      const tasks = group.map(decodeTask);
      texts.push(...await runDecodeTasks(tasks, (lists) => this.#tokenizer.decode(lists)));
    }
    return texts;
  }
}

function openingOf(start: number | undefined): Int32Array {
  return start === undefined ? new Int32Array(0) : Int32Array.of(start);
}

/** Undefined for a tokenizer that refuses an empty text. */
async function identityOf(
  tokenizer: Tokenizer,
  definition: TokenizerDefinition,
  opening: Int32Array,
): Promise<TokenizerIdentity | undefined> {
  const [empty] = await tokenizer.encode([""], { addSpecialTokens: true });
  if (empty === undefined || empty instanceof Error) return undefined;
  const [start, end] = empty.texts[0]!;
  return {
    digest: tokenizerDigest(definition, { tokenizer, splitSpecialTokens: false }),
    head: empty.ids.slice(0, start),
    opening,
    tail: empty.ids.length - end,
  };
}

/** Splits sequences into groups to decode together, in order. */
function* groupsOf(sequences: readonly TokenSequence[]): Generator<TokenSequence[]> {
  let group: TokenSequence[] = [];
  let tokens = 0;
  for (const sequence of sequences) {
    const { length } = sequence.ids;
    if (group.length > 0 && tokens + length > TOGETHER) {
      yield group;
      [group, tokens] = [[], 0];
    }
    group.push(sequence);
    tokens += length;
  }
  if (group.length > 0) yield group;
}

function* decodeTask({ ids, promptLength }: TokenSequence): DecodeTask<CompletionText> {
  const [text = ""] = yield [ids];
  const whole = Array.from(text);
  return completionText(yield* matchPrefixes({ ids, from: promptLength }, whole), whole);
}

/**
 * The completion starts after what the prompt and the whole text have in common: if the prompt stops
 * within a character, the character belongs to the completion.
 *
 * @param matches of the prompt, and of the text with one more token each
 */
function completionText(
  [prompt, ...longer]: readonly PrefixMatch[],
  all: readonly string[],
): CompletionText {
  const kept = prompt!.shared;
  const whole = all.slice(kept);
  // Starts and ends must not decrease, though a decoder may change its earlier text: with byte tokens, a
  // wrong byte can invalidate a character that was complete before.
  let [start, reached] = [0, 0];
  const spans = longer.map(({ shared, length }): [number, number] => {
    const end = Math.max(0, shared - kept);
    // A token that ends within a character covers it, and so do the tokens that complete it.
    const isPartial = kept + end < length;
    reached = Math.max(reached, isPartial ? Math.min(end + 1, whole.length) : end);
    const span: [number, number] = [start, reached];
    start = Math.max(start, end);
    return span;
  });
  return {
    prompt: all.slice(0, kept).join(""),
    completion: whole.join(""),
    spans,
    pieces: spans.map(([start, end]) => whole.slice(start, end).join("")),
  };
}
