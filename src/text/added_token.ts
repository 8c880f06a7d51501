/**
 * AddedToken: a token that is matched in the text as a whole, before the tokenizer splits it.
 *
 * @module
 */

import { z } from "zod";

/** How a token is matched. */
export interface TokenFlags {
  /** Whether it takes the space before it. */
  readonly lstrip: boolean;
  /** Whether it takes the space behind it. */
  readonly rstrip: boolean;
  /** Whether it is matched only where it is no part of a longer word. */
  readonly single_word: boolean;
  /** Whether it is looked for in the normalised text, or in the text as it was given. */
  readonly normalized: boolean;
  /** Whether it is a control token: `split_special_tokens` makes text of it. */
  readonly special: boolean;
}

/** The form in which the files of a directory write a token. */
export const tokenRecord = z.looseObject({
  content: z.string(),
  lstrip: z.boolean().optional(),
  rstrip: z.boolean().optional(),
  single_word: z.boolean().optional(),
  normalized: z.boolean().optional(),
  special: z.boolean().optional(),
});

/** See {@linkcode tokenRecord}. */
export type TokenRecord = z.infer<typeof tokenRecord>;

/** See the module. */
export class AddedToken implements TokenFlags {
  readonly content: string;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly single_word: boolean;
  readonly special: boolean;
  readonly #normalized: boolean | undefined;

  constructor(content: string, flags: Partial<TokenFlags> = {}) {
    this.content = content;
    this.lstrip = flags.lstrip ?? false;
    this.rstrip = flags.rstrip ?? false;
    this.single_word = flags.single_word ?? false;
    this.special = flags.special ?? false;
    this.#normalized = flags.normalized;
  }

  /** A special token for which nothing else was said is looked for in the text as it was given. */
  get normalized(): boolean {
    return this.#normalized ?? !this.special;
  }

  /** @param special whether it is special, whatever the record says */
  static of(record: TokenRecord, special = record.special ?? false): AddedToken {
    const { content, lstrip, rstrip, single_word, normalized } = record;
    const flags = { lstrip, rstrip, single_word, normalized, special };
    const given = Object.entries(flags).filter(([, flag]) => flag !== undefined);
    return new AddedToken(content, Object.fromEntries(given));
  }

  /** Whether another token is the same in text and flags. */
  equals(other: AddedToken): boolean {
    return JSON.stringify([this, this.normalized]) === JSON.stringify([other, other.normalized]);
  }

  /** The same token as a special one. */
  asSpecial(): AddedToken {
    const said = this.#normalized === undefined ? {} : { normalized: this.#normalized };
    return new AddedToken(this.content, { ...this, ...said, special: true });
  }
}

/** A token as files name it: with flags, or as its text alone. */
export type NamedToken = string | AddedToken;

/** The text of a token. */
export function contentOf(token: NamedToken): string {
  return typeof token === "string" ? token : token.content;
}
