/**
 * Tokenizer: texts and pairs of texts to token ids, with the characters of each token.
 *
 * The only place that calls the `tokenizers` library. Knows nothing of prompts and completions.
 *
 * @module
 */

import type { JsEncoding, Tokenizer as Library } from "tokenizers";
import { AbacusError, messageOf } from "../errors.ts";
import { type Span, tooManyTokens } from "./encoding.ts";
import { type LeastTokens, leastTokens } from "./least_tokens.ts";
import { type Matching, type OpenLibrary, openLibrary } from "./open_library.ts";
import { findCores } from "./token_cores.ts";
import { defineTokenizer, type TokenizerDefinition } from "./tokenizer_definition.ts";
import { onlyTokenizerJson } from "./tokenizer_files.ts";
import { unpack } from "./unpack.ts";

/** A text, or two that the tokenizer joins with its special tokens. */
export type TextInput = string | TextPair;

/** See {@linkcode TextInput}. */
export type TextPair = readonly [first: string, second: string];

/** A text or a pair as tokens. Starts and ends never go back from one token of a text to the next. */
export interface Tokens {
  readonly ids: Int32Array;
  /** The type (segment) of each token; only of pairs, and of tokenizers that give types. */
  readonly types?: Int32Array;
  /** The range of tokens of each text. Tokens outside were added. */
  readonly texts: readonly Span[];
  /** The start of each token in its text, in code points; undefined for added tokens. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /**
   * The characters of the token itself, by position, for tokens that may include the space around them
   * (`<|assistant|>` may include the line break behind it).
   */
  readonly cores: ReadonlyMap<number, Span>;
}

/** The number of tokens that a tokenizer adds around any text or pair. */
interface Added {
  /** Tokens at the start without text. */
  readonly head: number;
  /** The same at the end. */
  readonly tail: number;
}

interface EncodeOptions {
  /** Whether the tokenizer adds its special tokens. */
  readonly addSpecialTokens: boolean;
  /** Which tokens are matched as a whole. @default all or all but special ones, as the files say */
  readonly matching?: Matching;
  /**
   * A text of more tokens has an error as its result, and nothing of it is read; nor is it tokenised, where its
   * length alone tells. @default any number
   */
  readonly most?: number | undefined;
}

/** Texts of which every tokenizer knows at least one. */
const PROBES = ["a", "1", ".", "中"];

/** A loaded tokenizer. */
export class Tokenizer {
  readonly #definition: TokenizerDefinition;
  /** The library with all tokens, for ids and their texts. */
  readonly #whole: Library;
  /** Opened where they are needed first. */
  readonly #open = new Map<Matching, OpenLibrary>();
  readonly #added: { readonly single: Added; readonly pair: Added };
  /** The tokens that a text has at least; undefined where nothing is known of it. */
  readonly least: LeastTokens | undefined;

  private constructor(
    definition: TokenizerDefinition,
    open: OpenLibrary,
    added: { readonly single: Added; readonly pair: Added },
  ) {
    this.#definition = definition;
    this.#whole = open.library;
    this.#open.set("all", open);
    this.#added = added;
    this.least = leastTokens(definition);
  }

  /**
   * @param matching a way of matching that texts will be read in besides the definition's own
   * @throws {AbacusError} `bad_model` where the library refuses it, or the way of matching is not possible
   */
  static async open(definition: TokenizerDefinition, matching?: Matching): Promise<Tokenizer> {
    const open = openLibrary(definition, "all");
    const single = await probe(open.library, { isPair: false });
    const pair = await probe(open.library, { isPair: true });
    const tokenizer = new Tokenizer(definition, open, { single, pair });
    tokenizer.#opened(tokenizer.#matching({}));
    if (matching !== undefined) tokenizer.#opened(matching);
    return tokenizer;
  }

  /**
   * A tokenizer.json without other files.
   *
   * @param json its text
   * @throws {AbacusError} `bad_model` where the library refuses it
   */
  static async load(json: string): Promise<Tokenizer> {
    return await Tokenizer.open(defineTokenizer(onlyTokenizerJson(json)));
  }

  /** Whether it gives the types of pairs. */
  get typed(): boolean {
    return this.#definition.typed;
  }

  #matching({ matching }: Partial<EncodeOptions>): Matching {
    return matching ?? (this.#definition.splitSpecialTokens ? "split" : "all");
  }

  #opened(matching: Matching): OpenLibrary {
    const open = this.#open.get(matching) ?? openLibrary(this.#definition, matching, this.#whole);
    this.#open.set(matching, open);
    return open;
  }

  /** The id of a token of the vocabulary. */
  idOf(token: string): number | undefined {
    return this.#whole.tokenToId(token) ?? undefined;
  }

  /** The token of an id. */
  tokenOf(id: number): string | undefined {
    return this.#whole.idToToken(id) ?? undefined;
  }

  /**
   * Tokenises many texts together, on another thread. A text that the library refuses (such as one with
   * an unknown character and no token for it) has its error as the result. An empty text of a pair
   * counts as a text, as it does in batches of transformers.
   */
  async encode(texts: readonly TextInput[], options: EncodeOptions): Promise<(Tokens | Error)[]> {
    const tooLong = texts.map((text) => this.#tooLong(text, options));
    const rest = await this.#encodeFitting(texts.filter((_, at) => !tooLong[at]), options);
    return tooLong.map((error) => error ?? rest.shift()!);
  }

  /** The error of a text that has too many tokens by its length alone. */
  #tooLong(text: TextInput, { most }: EncodeOptions): AbacusError | undefined {
    const { least } = this;
    if (most === undefined || least === undefined) return undefined;
    const tokens = partsOf(text).reduce((sum, part) => sum + least(part), 0);
    return tokens > most ? tooManyTokens(most, `at least ${tokens}`) : undefined;
  }

  async #encodeFitting(
    texts: readonly TextInput[],
    options: EncodeOptions,
  ): Promise<(Tokens | Error)[]> {
    if (texts.length === 0) return [];
    try {
      const encodings = await this.#encodeAll(texts, options);
      const tokens: (Tokens | Error)[] = [];
      for (const [at, encoding] of encodings.entries()) {
        tokens.push(await this.#unpack(encoding, texts[at] ?? "", options));
      }
      return tokens;
    } catch (error) {
      if (texts.length === 1) return [error instanceof Error ? error : new Error(String(error))];
    }
    const alone = texts.map((text) => this.#encodeFitting([text], options));
    return (await Promise.all(alone)).flat();
  }

  /** The library takes many single texts in one call, and pairs one by one. */
  #encodeAll(texts: readonly TextInput[], options: EncodeOptions): Promise<JsEncoding[]> {
    const { library, batches } = this.#opened(this.#matching(options));
    const singles = texts.filter((text) => typeof text === "string");
    if (singles.length === texts.length) {
      return batches[options.addSpecialTokens ? "framed" : "bare"].encode(singles);
    }
    const pairs = texts.map(partsOf);
    return Promise.all(
      pairs.map(([first = "", second = null]) => library.encode(first, second, options)),
    );
  }

  /** The text of each list of ids, without special tokens unless they are asked for. */
  async decode(
    lists: readonly ArrayLike<number>[],
    { special = false }: { readonly special?: boolean } = {},
  ): Promise<string[]> {
    if (lists.length === 0) return [];
    return await this.#whole.decodeBatch(lists.map((ids) => Array.from(ids)), !special);
  }

  async #unpack(
    encoding: JsEncoding,
    text: TextInput,
    { most = Infinity, ...options }: EncodeOptions,
  ): Promise<Tokens | Error> {
    const length = encoding.getLength();
    if (length > most) return tooManyTokens(most, length);
    const { ids, starts, ends } = await unpack(encoding);
    const parts = partsOf(text);
    const added = this.#added[parts.length === 1 ? "single" : "pair"];
    const around = options.addSpecialTokens ? added : { head: 0, tail: 0 };
    const tokens = { ids, texts: rangesOf(encoding, parts.length, around), starts, ends };
    const isTyped = parts.length > 1 && this.typed;
    const types = isTyped ? { types: Int32Array.from(encoding.getTypeIds()) } : {};
    const { stripping } = this.#opened(this.#matching(options));
    return { ...tokens, ...types, cores: findCores(parts, tokens, stripping) };
  }
}

function partsOf(text: TextInput): readonly string[] {
  return typeof text === "string" ? [text] : text;
}

/** The tokens of each text. Between the texts of a pair stand further ones that were added. */
function rangesOf(encoding: JsEncoding, texts: number, { head, tail }: Added): Span[] {
  const end = encoding.getLength() - tail;
  if (texts === 1) return [[head, end]];
  const texted = encoding.getSequenceIds();
  const [first = 0, second = 0] = [0, 1].map((i) => texted.filter((each) => each === i).length);
  return [[head, head + first], [end - second, end]];
}

/**
 * Counts the tokens added around a text or a pair. They do not depend on the text, but a text without a
 * token of its own does not show which come before it, so several texts are tried.
 */
async function probe(library: Library, { isPair }: { isPair: boolean }): Promise<Added> {
  let reason: unknown = "no token for any of them";
  for (const text of PROBES) {
    try {
      const second = isPair ? text : null;
      const encoding = await library.encode(text, second, { addSpecialTokens: true });
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
