/**
 * Tokenizer: texts to token ids, with the characters of each token.
 *
 * The only place that calls the `tokenizers` library. Knows nothing of prompts and completions.
 *
 * @module
 */

import type { JsEncoding, Tokenizer as Library } from "tokenizers";
import { AbacusError, messageOf } from "../errors.ts";
import type { Span } from "./encoding.ts";
import { type OpenLibrary, openLibrary, type StrippingToken } from "./open_library.ts";
import type { AddedToken } from "./tokenizer_files.ts";

/** The number of tokens that a tokenizer adds around any text. */
interface Added {
  /** Tokens at the start without text. */
  readonly head: number;
  /** The same at the end. */
  readonly tail: number;
}

/** One text as tokens. Starts and ends never go back from one token of the text to the next. */
export interface Tokens extends Added {
  readonly ids: Int32Array;
  /** The start of each token in the text, in code points; undefined for head and tail. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /**
   * The characters of the token itself, by position, for tokens that may include the space around them
   * (`<|assistant|>` may include the line break behind it).
   */
  readonly cores: ReadonlyMap<number, Span>;
}

/** Texts of which every tokenizer knows at least one. */
const PROBES = ["a", "1", ".", "中"];

/** A loaded tokenizer.json. */
export class Tokenizer {
  readonly #library: Library;
  readonly #stripping: ReadonlyMap<number, StrippingToken>;
  readonly #added: Added;

  private constructor({ library, stripping }: OpenLibrary, added: Added) {
    this.#library = library;
    this.#stripping = stripping;
    this.#added = added;
  }

  /**
   * @param json the text of a tokenizer.json
   * @param added further tokens that are matched as a whole
   * @throws {AbacusError} `bad_model` where the library refuses it
   */
  static async load(json: string, added: readonly AddedToken[] = []): Promise<Tokenizer> {
    const open = openLibrary(json, added);
    return new Tokenizer(open, await probe(open.library));
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
   * Tokenises many texts in one call of the library, on another thread. A text that the library
   * refuses (such as one with an unknown character and no token for it) has its error as the result.
   */
  async encode(
    texts: readonly string[],
    { addSpecialTokens }: { addSpecialTokens: boolean },
  ): Promise<(Tokens | Error)[]> {
    if (texts.length === 0) return [];
    try {
      const encodings = await this.#library.encodeBatch([...texts], { addSpecialTokens });
      const added = addSpecialTokens ? this.#added : { head: 0, tail: 0 };
      return encodings.map((encoding, at) => this.#unpack(encoding, texts[at] ?? "", added));
    } catch (error) {
      if (texts.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    }
    const alone = texts.map((text) => this.encode([text], { addSpecialTokens }));
    return (await Promise.all(alone)).flat();
  }

  /** The text of each list of ids, without special tokens. */
  async decode(lists: readonly ArrayLike<number>[]): Promise<string[]> {
    if (lists.length === 0) return [];
    return await this.#library.decodeBatch(lists.map((ids) => Array.from(ids)), true);
  }

  #unpack(encoding: JsEncoding, text: string, added: Added): Tokens {
    const ids = Int32Array.from(encoding.getIds());
    const starts = new Int32Array(ids.length);
    const ends = new Int32Array(ids.length);
    for (const [at, [start, end]] of encoding.getOffsets().entries()) {
      starts[at] = start ?? 0;
      ends[at] = end ?? 0;
    }
    const tokens = { ids, starts, ends, ...added };
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

/**
 * Counts the tokens added around a text. They do not depend on the text, but a text without a token of
 * its own does not show which come before it, so several texts are tried.
 */
async function probe(library: Library): Promise<Added> {
  let reason: unknown = "no token for any of them";
  for (const text of PROBES) {
    try {
      const encoding = await library.encode(text, null, { addSpecialTokens: true });
      const added = encoding.getSpecialTokensMask();
      const [first, last] = [added.indexOf(0), added.lastIndexOf(0)];
      if (first >= 0) return { head: first, tail: added.length - 1 - last };
    } catch (error) {
      reason = error;
    }
  }
  throw new AbacusError(
    "bad_model",
    `Cannot use the tokenizer as it accepts none of ${PROBES.join(" ")}: ` +
      `received ${messageOf(reason)}`,
    { cause: reason },
  );
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

/** Called rarely, so a pass over the text is acceptable. */
function leadingSpace(text: string, [start, end]: Span): number {
  const characters = Array.from(text).slice(start, end);
  const first = characters.findIndex((character) => character.trim() !== "");
  return Math.max(0, first);
}
