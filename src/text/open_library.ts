/**
 * Opens the `tokenizers` library with a tokenizer.json.
 *
 * Ids are the same as in transformers; only padding, truncation and trimmed offsets are turned off.
 *
 * @module
 */

import { AddedToken as LibraryToken, Tokenizer as Library } from "tokenizers";
import { z } from "zod";
import { AbacusError, messageOf } from "../errors.ts";
import { codePointLength } from "./encoding.ts";
import { type AddedToken, addedToken } from "./tokenizer_files.ts";

/** The parts of tokenizer.json that decide which tokens are added around a text. */
const tokenizerJson = z.looseObject({
  added_tokens: z.array(addedToken).default([]),
  post_processor: z.looseObject({}).nullish(),
});

/** A token that includes the space before or behind it. */
export interface StrippingToken {
  /** Code points of the token itself. */
  readonly length: number;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
}

/** The library, and by id the tokens whose offsets include space. */
export interface OpenLibrary {
  readonly library: Library;
  readonly stripping: ReadonlyMap<number, StrippingToken>;
}

/** @throws {AbacusError} `bad_model` where the library refuses the file */
export function openLibrary(json: string, added: readonly AddedToken[]): OpenLibrary {
  try {
    const listed = tokenizerJson.parse(JSON.parse(json));
    const library = Library.fromString(json);
    // Batches have no padding, and truncation is up to the request.
    library.disablePadding();
    library.disableTruncation();
    keepSpaces(library, listed.post_processor ?? {});
    const known = new Set(listed.added_tokens.map((token) => token.content));
    const missing = added.filter((token) => !known.has(token.content));
    addTokens(library, missing);
    return { library, stripping: strippingTokens(library, [...listed.added_tokens, ...missing]) };
  } catch (cause) {
    throw new AbacusError(
      "bad_model",
      `Cannot load tokenizer.json as the tokenizers library refuses it: received ${detail(cause)}`,
      { cause },
    );
  }
}

/** Keeps spaces in the spans of their tokens: turns off `trim_offsets` of byte-level tokenizers. */
function keepSpaces(library: Library, postProcessor: Record<string, unknown>): void {
  const text = JSON.stringify(postProcessor);
  if (!text.includes('"trim_offsets":true')) return;
  // The library reads a post-processor only as part of a whole tokenizer.
  const carrier = {
    version: "1.0",
    added_tokens: [],
    post_processor: JSON.parse(text.replaceAll('"trim_offsets":true', '"trim_offsets":false')),
    model: { type: "BPE", vocab: {}, merges: [] },
  };
  const replacement = Library.fromString(JSON.stringify(carrier)).getPostProcessor();
  if (replacement !== null) library.setPostProcessor(replacement);
}

/** A token outside the vocabulary has no embedding, and stays plain text. */
function addTokens(library: Library, tokens: readonly AddedToken[]): void {
  const known = tokens.filter(({ content }) => library.tokenToId(content) !== null);
  library.addAddedTokens(known.map((token) =>
    new LibraryToken(token.content, token.special, {
      leftStrip: token.lstrip,
      rightStrip: token.rstrip,
      singleWord: token.single_word,
      normalized: token.normalized,
    })
  ));
}

function strippingTokens(
  library: Library,
  tokens: readonly AddedToken[],
): Map<number, StrippingToken> {
  const stripping = new Map<number, StrippingToken>();
  for (const { content, lstrip, rstrip } of tokens) {
    const id = library.tokenToId(content);
    if (id === null || !(lstrip || rstrip)) continue;
    stripping.set(id, { length: codePointLength(content), lstrip, rstrip });
  }
  return stripping;
}

function detail(cause: unknown): string {
  if (cause instanceof z.ZodError) return cause.issues[0]?.message ?? "another form";
  return messageOf(cause);
}
