/**
 * Tokenizer: texts to token ids with the characters each token came from.
 *
 * A thin owner of the `tokenizers` library, the only place that calls it. Knows nothing of prompts
 * and completions.
 *
 * @module
 */

import type { JsEncoding, Tokenizer as Library } from "tokenizers";
import { AbacusError } from "../errors.ts";
import type { Span } from "./encoding.ts";
import { openLibrary, type StrippingToken } from "./open_library.ts";
import type { AddedToken } from "./tokenizer_files.ts";

/** One text as tokens. Starts and ends never go back from one token of the text to the next. */
export interface Tokens {
  readonly ids: Int32Array;
  /** Per token, where in the text it starts, in code points; meaningless for head and tail. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** How many tokens at the start stand for no text but were added by the tokenizer. */
  readonly head: number;
  /** The same at the end. */
  readonly tail: number;
  /**
   * By place, the tokens that may have swallowed space around them (`<|assistant|>` may take the
   * line break behind it): the characters of the token itself.
   */
  readonly cores: ReadonlyMap<number, Span>;
}

/** A loaded tokenizer.json. */
export class Tokenizer {
  readonly #library: Library;
  readonly #stripping: ReadonlyMap<number, StrippingToken>;
  /** How many tokens go before a text; see {@linkcode Tokens.head}. */
  #head = 0;

  private constructor(library: Library, stripping: ReadonlyMap<number, StrippingToken>) {
    this.#library = library;
    this.#stripping = stripping;
  }

  /**
   * @param json the text of a tokenizer.json
   * @param added tokens to be matched as a whole that it may not list
   * @throws {AbacusError} `bad_model` where the library refuses it.
   */
  static async load(json: string, added: readonly AddedToken[] = []): Promise<Tokenizer> {
    const { library, stripping } = openLibrary(json, added);
    const tokenizer = new Tokenizer(library, stripping);
    // Around an empty text nothing tells what was added before it from what was added behind it.
    const [probe] = await tokenizer.encode(["a"], { addSpecialTokens: true });
    if (probe === undefined || probe instanceof Error) {
      throw new AbacusError(
        "bad_model",
        `Cannot use the tokenizer as it fails on the letter a: received ${probe?.message}`,
        { cause: probe },
      );
    }
    tokenizer.#head = probe.head;
    return tokenizer;
  }

  /** The id of a token of the vocabulary. */
  idOf(token: string): number | undefined {
    return this.#library.tokenToId(token) ?? undefined;
  }

  /** The token of an id. */
  tokenOf(id: number): string | undefined {
    return this.#library.idToToken(id) ?? undefined;
  }

  /**
   * Tokenises many texts in one call of the library, off this thread. A text that the library
   * refuses (one without a token for the unknown, say) holds its error and spoils no other.
   */
  async encode(
    texts: readonly string[],
    { addSpecialTokens }: { addSpecialTokens: boolean },
  ): Promise<(Tokens | Error)[]> {
    if (texts.length === 0) return [];
    try {
      const encodings = await this.#library.encodeBatch([...texts], { addSpecialTokens });
      return encodings.map((encoding, at) => this.#unpack(encoding, texts[at] ?? ""));
    } catch (error) {
      if (texts.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    }
    const alone = texts.map((text) => this.encode([text], { addSpecialTokens }));
    return (await Promise.all(alone)).flat();
  }

  #unpack(encoding: JsEncoding, text: string): Tokens {
    const ids = Int32Array.from(encoding.getIds());
    const starts = new Int32Array(ids.length);
    const ends = new Int32Array(ids.length);
    for (const [at, [start, end]] of encoding.getOffsets().entries()) {
      starts[at] = start ?? 0;
      ends[at] = end ?? 0;
    }
    const ofText = encoding.getSpecialTokensMask().map((mask) => mask !== 1);
    const first = ofText.indexOf(true);
    const head = first < 0 ? Math.min(this.#head, ids.length) : first;
    const tail = ids.length - (first < 0 ? head : ofText.lastIndexOf(true) + 1);
    const tokens = { ids, starts, ends, head, tail };
    return { ...tokens, cores: this.#cores(text, tokens) };
  }

  #cores(text: string, { ids, starts, ends }: Omit<Tokens, "cores">): Map<number, Span> {
    const cores = new Map<number, Span>();
    if (this.#stripping.size === 0) return cores;
    for (let at = 0; at < ids.length; at++) {
      const token = this.#stripping.get(ids[at]!);
      if (token !== undefined) cores.set(at, coreOf(token, [starts[at]!, ends[at]!], text));
    }
    return cores;
  }
}

function coreOf(
  { length, lstrip, rstrip }: StrippingToken,
  [start, end]: Span,
  text: string,
): Span {
  if (!rstrip) return [Math.max(start, end - length), end];
  const swallowed = lstrip ? leadingSpace(text, [start, end]) : 0;
  return [start + swallowed, Math.min(end, start + swallowed + length)];
}

/** Rare, so that it may cost a pass over the text. */
function leadingSpace(text: string, [start, end]: Span): number {
  const characters = Array.from(text).slice(start, end);
  const first = characters.findIndex((character) => character.trim() !== "");
  return Math.max(0, first);
}
