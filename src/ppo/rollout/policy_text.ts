/**
 * Policy text: encodes prompts and decodes completions with the policy's tokenizer.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { Tokenizer } from "../../text/tokenizer.ts";
import { defineTokenizer } from "../../text/tokenizer_definition.ts";
import { readTokenizerFiles } from "../../text/tokenizer_files.ts";
import {
  type DecodeTask,
  matchPrefixes,
  type PrefixMatch,
  runDecodeTasks,
} from "./incremental_decoding.ts";

/** The text of a completion, and the place of each token in it. */
export interface CompletionText {
  readonly prompt: string;
  readonly completion: string;
  /**
   * `[start, end)` in code points of the completion, one per token; empty for EOS. Neither starts nor
   * ends ever decrease.
   */
  readonly spans: readonly (readonly [number, number])[];
  /** The text of each token; a token that is part of a character shows the whole character. */
  readonly pieces: readonly string[];
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

/** A policy's tokenizer. */
export class PolicyText {
  readonly #tokenizer: Tokenizer;
  readonly #start: number | undefined;

  /** @param start the id that a text starts with if it has no other tokens */
  constructor(tokenizer: Tokenizer, start: number | undefined) {
    this.#tokenizer = tokenizer;
    this.#start = start;
  }

  /** @throws {AbacusError} `bad_model` if a file is missing or invalid */
  static async load(directory: string): Promise<PolicyText> {
    const definition = defineTokenizer(await readTokenizerFiles(directory));
    const { specialTokens } = definition;
    const loaded = await Tokenizer.open(definition);
    const start = specialTokens["bos_token"] ?? specialTokens["eos_token"];
    return new PolicyText(loaded, start === undefined ? undefined : loaded.idOf(start));
  }

  /** The prompt of a text that starts from nothing: BOS, or else EOS; empty if there is neither. */
  get opening(): Int32Array {
    return this.#start === undefined ? new Int32Array(0) : Int32Array.of(this.#start);
  }

  /**
   * Encodes prompts, with the special tokens that the tokenizer puts before a text and without those that
   * it puts after. A prompt without tokens becomes the {@linkcode opening}.
   *
   * @throws {AbacusError} `invalid_request` for a prompt that the tokenizer refuses, `[i]`
   */
  async encode(prompts: readonly string[]): Promise<Int32Array[]> {
    const encoded = await this.#tokenizer.encode(prompts, { addSpecialTokens: true });
    return encoded.map((tokens, i) => {
      if (tokens instanceof Error) {
        throw new AbacusError(
          "invalid_request",
          `Cannot tokenise a prompt as the tokenizer refuses it: received ${tokens.message}`,
          { path: `[${i}]`, cause: tokens },
        );
      }
      const ids = tokens.ids.slice(0, tokens.texts[0]?.[1]);
      return ids.length > 0 ? ids : this.opening;
    });
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
