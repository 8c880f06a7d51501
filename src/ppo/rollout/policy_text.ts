/**
 * Policy text: between texts and the ids of a policy's own tokenizer.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import { Tokenizer } from "../../text/tokenizer.ts";
import { readTokenizerFiles } from "../../text/tokenizer_files.ts";
import { decodeTogether, type Decoding, type Reach, reachOfBeginnings } from "./growing_text.ts";

/** A completion as its text, and where in it each of its tokens stands. */
export interface WrittenText {
  readonly prompt: string;
  readonly completion: string;
  /**
   * `[start, end)` in code points of the completion, one per token; of no width for an end token. From
   * one to the next neither starts nor ends go back.
   */
  readonly spans: readonly (readonly [number, number])[];
  /** The text of each token; what stands for a part of a character is shown as the character. */
  readonly pieces: readonly string[];
}

/** A sequence of ids, the first `promptLength` of which are the prompt. */
export interface WrittenIds {
  readonly ids: Int32Array;
  readonly promptLength: number;
}

/**
 * Tokens of the sequences that are read in one go, for a call of the decoder costs more than a short text;
 * a longer sequence is read by itself. A call is given a few times as many.
 */
const TOGETHER = 65_536;

/** The tokenizer of a policy, as a trainer uses it. */
export class PolicyText {
  readonly #tokenizer: Tokenizer;
  readonly #start: number | undefined;

  constructor(tokenizer: Tokenizer, start: number | undefined) {
    this.#tokenizer = tokenizer;
    this.#start = start;
  }

  /** @throws {AbacusError} `bad_model` where a file is missing or cannot be understood */
  static async load(directory: string): Promise<PolicyText> {
    const { tokenizer, addedTokens, specialTokens } = await readTokenizerFiles(directory);
    const loaded = await Tokenizer.load(tokenizer, addedTokens);
    const start = specialTokens["bos_token"] ?? specialTokens["eos_token"];
    return new PolicyText(loaded, start === undefined ? undefined : loaded.idOf(start));
  }

  /** What a text begins with where nothing is given. */
  get opening(): Int32Array {
    return this.#start === undefined ? new Int32Array(0) : Int32Array.of(this.#start);
  }

  /**
   * Prompts as ids: the tokens that the tokenizer puts in front of a text, and none behind it, for
   * the text goes on. A prompt of no tokens becomes the token that texts start with.
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
   * Texts of what a policy wrote. A completion is what the whole has more than the prompt, for a
   * decoder may write a token otherwise where a text begins.
   */
  async write(sequences: readonly WrittenIds[]): Promise<WrittenText[]> {
    const written: WrittenText[] = [];
    for (const group of groupsOf(sequences)) {
      const works = group.map(writing);
      written.push(...await decodeTogether(works, (lists) => this.#tokenizer.decode(lists)));
    }
    return written;
  }
}

/** Splits sequences, in their order. */
function* groupsOf(sequences: readonly WrittenIds[]): Generator<WrittenIds[]> {
  let group: WrittenIds[] = [];
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

/** The text of a sequence, and of each beginning that has its prompt in it. */
function* writing({ ids, promptLength }: WrittenIds): Decoding<WrittenText> {
  const [text = ""] = yield [ids];
  const whole = Array.from(text);
  return piecesOf(yield* reachOfBeginnings({ ids, from: promptLength }, whole), whole);
}

/**
 * A completion is what stands behind all that the prompt and the whole have in common: a prompt that
 * stops within a character leaves the character to the completion.
 *
 * @param reaches of the prompt, and of the text with one token more each time
 */
function piecesOf([prompt, ...longer]: readonly Reach[], all: readonly string[]): WrittenText {
  const kept = prompt!.shared;
  const whole = all.slice(kept);
  // Neither goes back, though a decoder may take back what it wrote: where bytes stand for characters
  // it does not know, one that is wrong can spoil a character that had been whole.
  let [start, reached] = [0, 0];
  const spans = longer.map(({ shared, length }): [number, number] => {
    const end = Math.max(0, shared - kept);
    // A token that ends within a character gets that character, and so do those that go on in it.
    const partial = kept + end < length;
    reached = Math.max(reached, partial ? Math.min(end + 1, whole.length) : end);
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
