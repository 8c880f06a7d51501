/**
 * The digest of a tokenizer, by which a caller can tell that its own makes the same ids of every text.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Tokenizer } from "./tokenizer.ts";
import type { TokenizerDefinition } from "./tokenizer_definition.ts";

/**
 * The SHA-256, in hexadecimal digits, of everything that ids depend on: normaliser, splitting, vocabulary,
 * merges, added tokens, what is put around a text, and whether control tokens in it are plain text. It says
 * nothing of padding, truncation, templates and the names of tokens. Two tokenizers with one digest are the
 * same; files that say the same in two ways may have two.
 *
 * @param definition of the tokenizer, as transformers builds it
 * @param options how it is opened
 */
export function tokenizerDigest(
  definition: TokenizerDefinition,
  { tokenizer, splitSpecialTokens }: DigestOptions,
): string {
  const { json: { version: _, ...json }, added, frame } = definition;
  const parts = {
    json,
    // Whether it is looked for in the normalised text follows from its other fields where none says it.
    added: added.map((token) => ({ ...token, normalized: token.normalized })),
    frame: frame?.((token) => tokenizer.idOf(token)) ?? null,
    splitSpecialTokens: splitSpecialTokens || definition.splitSpecialTokens,
  };
  return createHash("sha256").update(JSON.stringify(parts, inOrder)).digest("hex");
}

/** See {@linkcode tokenizerDigest}. */
export interface DigestOptions {
  /** The opened tokenizer. */
  readonly tokenizer: Pick<Tokenizer, "idOf">;
  /** Whether its user reads control tokens in texts as plain text. */
  readonly splitSpecialTokens: boolean;
}

/** Writes the keys of objects in one order, whatever that of the file. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.toSorted(([a], [b]) => a < b ? -1 : Number(a > b)));
}
