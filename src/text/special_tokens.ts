/**
 * The tokens that a tokenizer matches as a whole: which, in which order they are added (which decides the
 * ids of those outside the vocabulary), and by which names templates know them.
 *
 * @module
 */

import { AddedToken, contentOf, type NamedToken } from "./added_token.ts";
import { isSame, SPECIAL_NAMES, type TokenizerArguments } from "./tokenizer_arguments.ts";
import type { TokenizerClass } from "./tokenizer_classes.ts";

/** Where tokens come from. */
export interface TokenSources {
  readonly given: TokenizerArguments;
  /** The added tokens of tokenizer.json, for a class that keeps them. */
  readonly kept: readonly AddedToken[];
  /** What the class says of its tokens. */
  readonly names: TokenizerClass["names"];
  readonly flags?: TokenizerClass["flags"];
  readonly extra?: TokenizerClass["extra"];
  /** The token that tokenizer.json pads with. */
  readonly padding: string | undefined;
  /** See {@linkcode TokenizerClass.addsAgain}. */
  readonly addsAgain?: boolean;
}

/** The tokens of a tokenizer. */
export interface SpecialTokens {
  /** Every token that is matched as a whole, in the order of adding; the later of two counts. */
  readonly added: readonly AddedToken[];
  /** The texts of those with a name. */
  readonly named: Readonly<Record<string, string>>;
}

/** Collects the tokens as transformers 5.23 does. */
export function collectTokens(sources: TokenSources): SpecialTokens {
  const { given, kept, addsAgain } = sources;
  const extra = given.extra ?? sources.extra ?? [];
  const named = namedTokens(sources);
  const texts = new Map([...named].map(([name, token]) => [name, contentOf(token)]));
  const contents = new Set(texts.values());
  const known = new Set([...kept, ...given.listed].map(contentOf));
  const missing: NamedToken[] = [];
  for (const token of [...named.values(), ...extra]) {
    if (known.has(contentOf(token)) || missing.some((each) => isSame(each, token))) continue;
    missing.push(token);
  }
  const added = [...given.listed, ...missing].map((token) => asAdded(token, contents));
  const again = new Set([...contents, ...extra.map(contentOf)]);
  const last = addsAgain ? [...again].map((content) => asAdded(content, contents)) : [];
  return { added: [...kept, ...added, ...last], named: Object.fromEntries(texts) };
}

/** A token that has a name is special, whatever its flags say. */
function asAdded(token: NamedToken, named: ReadonlySet<string>): AddedToken {
  if (typeof token === "string") return new AddedToken(token, { special: true });
  return named.has(token.content) ? token.asSpecial() : token;
}

/** First those that every tokenizer may have, then the others. */
function namedTokens({ given, names, flags, padding }: TokenSources): Map<string, NamedToken> {
  const tokens = new Map<string, NamedToken>();
  for (const name of SPECIAL_NAMES) {
    const fallback = names[name] === undefined && name === "pad_token" ? padding : names[name];
    const token = given.special.has(name) ? given.special.get(name) : fallback;
    if (token === null || token === undefined) continue;
    const own = flags?.[name];
    const isBare = typeof token === "string" && own !== undefined;
    tokens.set(name, isBare ? new AddedToken(token, { special: true, ...own }) : token);
  }
  for (const [name, token] of given.named) tokens.set(name, token);
  return tokens;
}
