/**
 * Policy text: between texts and the ids of a policy's own tokenizer.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { codePointLength } from "../text/code_points.ts";
import { Tokenizer } from "../text/tokenizer.ts";
import { readTokenizerFiles } from "../text/tokenizer_files.ts";

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
      const ids = tokens.ids.slice(0, tokens.ids.length - tokens.tail);
      return ids.length > 0 ? ids : this.opening;
    });
  }

  /**
   * Texts of what a policy wrote. A completion is what the whole has more than the prompt, for a
   * decoder may write a token otherwise where a text begins.
   */
  async write(sequences: readonly WrittenIds[]): Promise<WrittenText[]> {
    const beginnings = sequences.map(({ ids, promptLength }) =>
      Array.from(
        { length: ids.length - promptLength + 1 },
        (_, more) => ids.subarray(0, promptLength + more),
      )
    );
    const texts = await this.#tokenizer.decode(beginnings.flat());
    let next = 0;
    return beginnings.map(({ length }) => {
      const [prompt = "", ...longer] = texts.slice(next, next += length);
      return piecesOf(prompt, longer);
    });
  }
}

/**
 * A completion is what stands behind all that the prompt and the whole have in common: a prompt that
 * stops within a character leaves the character to the completion.
 *
 * @param longer the text with one token more each time
 */
function piecesOf(prompt: string, longer: readonly string[]): WrittenText {
  const all = Array.from(longer.at(-1) ?? prompt);
  const kept = sharedLength(prompt, all);
  const whole = all.slice(kept);
  const ends = longer.map((text) => Math.max(0, sharedLength(text, all) - kept));
  // Neither goes back, though a decoder may take back what it wrote: where bytes stand for characters
  // it does not know, one that is wrong can spoil a character that had been whole.
  let [start, reached] = [0, 0];
  const spans = ends.map((end, i): [number, number] => {
    // A token that ends within a character gets that character, and so do those that go on in it.
    const partial = kept + end < codePointLength(longer[i] ?? "");
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

/** How many code points a beginning has in common with the whole. */
function sharedLength(beginning: string, whole: readonly string[]): number {
  let shared = 0;
  for (const character of beginning) {
    if (character !== whole[shared]) break;
    shared++;
  }
  return shared;
}
