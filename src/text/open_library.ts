/**
 * Opens the `tokenizers` library with the definition of a tokenizer.
 *
 * Ids are the same as in transformers; only padding, truncation and trimmed offsets are turned off.
 *
 * @module
 */

import { AddedToken as LibraryToken, Tokenizer as Library } from "tokenizers";
import { AbacusError, messageOf } from "../errors.ts";
import type { AddedToken } from "./added_token.ts";
import { codePointLength } from "./encoding.ts";
import { JoinedCalls } from "./joined_calls.ts";
import { splitTokens } from "./split_tokens.ts";
import type { Part } from "./tokenizer_frames.ts";
import type { TokenizerDefinition } from "./tokenizer_definition.ts";

/** A token that includes the space before or behind it. */
export interface StrippingToken {
  /** Code points of the token itself. */
  readonly length: number;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/**
 * Which tokens are matched as a whole: all, all but the special ones (transformers'
 * `split_special_tokens`), or none.
 */
export type Matching = "all" | "split" | "none";

/** The library, its calls for many texts, and by id the tokens whose offsets include space. */
export interface OpenLibrary {
  readonly library: Library;
  /** With the special tokens that the tokenizer adds, and without. */
  readonly batches: Readonly<Record<"framed" | "bare", JoinedCalls>>;
  readonly stripping: ReadonlyMap<number, StrippingToken>;
}

/**
 * @param whole the same tokenizer with all tokens, whose ids the others follow. @default there is none
 * @throws {AbacusError} `bad_model` where the library refuses the tokenizer
 */
export function openLibrary(
  definition: TokenizerDefinition,
  matching: Matching,
  whole?: Library,
): OpenLibrary {
  const { json, frame } = definition;
  const tokens = matched[matching](definition);
  try {
    const library = Library.fromString(JSON.stringify(withSpaces(json)));
    // Batches have no padding, and truncation is up to the request.
    library.disablePadding();
    library.disableTruncation();
    library.addAddedTokens(tokens.map(libraryToken));
    checkDistinct(library, tokens);
    const idOf = (token: string) => (whole ?? library).tokenToId(token) ?? undefined;
    if (frame !== undefined) setFrame(library, frame(idOf));
    return { library, batches: batchesOf(library), stripping: strippingTokens(library, tokens) };
  } catch (cause) {
    if (cause instanceof AbacusError) throw cause;
    throw new AbacusError(
      "bad_model",
      `Cannot load tokenizer.json as the tokenizers library refuses it: received ${
        messageOf(cause)
      }`,
      { cause },
    );
  }
}

function batchesOf(library: Library): OpenLibrary["batches"] {
  const calls = (addSpecialTokens: boolean) =>
    new JoinedCalls((texts) => library.encodeBatch(texts, { addSpecialTokens }));
  return { framed: calls(true), bare: calls(false) };
}

/** The added tokens of each way of matching. */
const matched: Readonly<
  Record<Matching, (definition: TokenizerDefinition) => readonly AddedToken[]>
> = {
  all: ({ added }) => added,
  split: ({ added, json }) => splitTokens(added, json),
  none: () => [],
};

/** Keeps spaces in the spans of their tokens: turns off `trim_offsets` of byte-level tokenizers. */
function withSpaces(json: Part): Part {
  const text = JSON.stringify(json["post_processor"] ?? null);
  const kept = text.replaceAll('"trim_offsets":true', '"trim_offsets":false');
  return { ...json, post_processor: JSON.parse(kept) };
}

function libraryToken(token: AddedToken): LibraryToken {
  return new LibraryToken(token.content, token.special, {
    leftStrip: token.lstrip,
    rightStrip: token.rstrip,
    singleWord: token.single_word,
    normalized: token.normalized,
  });
}

/** Of two tokens that are the same once they are normalised, the library finds now one, now the other. */
function checkDistinct(library: Library, tokens: readonly AddedToken[]): void {
  const normalizer = library.getNormalizer();
  if (normalizer === null) return;
  const found = new Map<string, string>();
  const last = new Map(tokens.map((token) => [token.content, token]));
  for (const { content } of [...last.values()].filter(({ normalized }) => normalized)) {
    const text = normalizer.normalizeString(content);
    const other = found.get(text) ?? content;
    if (other !== content) {
      throw new AbacusError(
        "bad_model",
        `Cannot load the tokenizer as its added tokens '${other}' and '${content}' are the same once ` +
          `they are normalised, so that ids would be random: received '${text}' for both`,
      );
    }
    found.set(text, content);
  }
}

/** Sets a post-processor, which the library reads only as part of a whole tokenizer. */
function setFrame(library: Library, frame: Part): void {
  const carrier = {
    version: "1.0",
    added_tokens: [],
    post_processor: frame,
    model: { type: "BPE", vocab: {}, merges: [] },
  };
  const processor = Library.fromString(JSON.stringify(carrier)).getPostProcessor();
  if (processor !== null) library.setPostProcessor(processor);
}

function strippingTokens(
  library: Library,
  tokens: readonly AddedToken[],
): Map<number, StrippingToken> {
  const stripping = new Map<number, StrippingToken>();
  for (const { content, lstrip, rstrip } of tokens) {
    const id = library.tokenToId(content);
    if (id === null) continue;
    // Of two tokens with one text the later counts.
    if (lstrip || rstrip) stripping.set(id, { length: codePointLength(content), lstrip, rstrip });
    else stripping.delete(id);
  }
  return stripping;
}
