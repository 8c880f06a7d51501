/**
 * Least tokens: how many tokens a text has at least, told from its length alone, so that a text which cannot fit
 * is refused before anything is spent on it.
 *
 * No token stands for more than the longest entry of the vocabulary does, if nothing of the text is dropped: neither
 * by the normalizer, nor between words, nor as unknown, nor as space around an added token. Where a definition may
 * drop something, nothing is known, nor is it of a text with an added token that takes the space around it. Pure.
 *
 * @module
 */

import { z } from "zod";
import type { AddedToken } from "./added_token.ts";
import type { TokenizerDefinition } from "./tokenizer_definition.ts";

/** A number of tokens that a text has at least. */
export type LeastTokens = (text: string) => number;

const isPlainObject = (value: unknown) =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nested = z.looseObject({ type: z.string() });
type Nested = z.infer<typeof nested>;

const readParts = z.looseObject({
  normalizer: nested.nullish(),
  pre_tokenizer: nested.nullish(),
  model: z.looseObject({
    type: z.literal("BPE").default("BPE"), // older files leave it out
    // Their many entries are not looked at one by one: the library has read them when a tokenizer is opened.
    merges: z.custom<readonly unknown[]>(Array.isArray),
    vocab: z.custom<Readonly<Record<string, number>>>(isPlainObject),
    byte_fallback: z.boolean().nullish(),
    continuing_subword_prefix: z.string().nullish(),
    end_of_word_suffix: z.string().nullish(),
  }),
});

/** The bound of a tokenizer; undefined where its definition may drop parts of a text. */
export function leastTokens({ json, added }: TokenizerDefinition): LeastTokens | undefined {
  const read = readParts.safeParse(json);
  if (!read.success) return undefined;
  const { normalizer, pre_tokenizer: splitting, model } = read.data;
  if (model.continuing_subword_prefix || model.end_of_word_suffix) return undefined;
  if (!all(normalizer, keepsLength) || !all(splitting, keepsAll)) return undefined;
  const stripping = added.filter(({ lstrip, rstrip }) => lstrip || rstrip);
  if (normalizer && stripping.some(({ normalized }) => normalized)) return undefined;
  const isByteLevel = some(splitting, ({ type }) => type === "ByteLevel");
  if (!knowsEveryByte(model, isByteLevel)) return undefined;
  // A byte-level entry stands for a byte with each character, and a text has no more UTF-16 units than bytes.
  const lengths = [...Object.keys(model.vocab).map(({ length }) => length), ...added.map(widest)];
  const longest = lengths.reduce((most, length) => Math.max(most, length), 1);
  const composes = some(normalizer, ({ type }) => type === "NFC");
  return (text) => {
    if (stripping.some(({ content }) => text.includes(content))) return 0;
    return Math.ceil((composes ? text.normalize("NFC") : text).length / longest);
  };
}

/** UTF-16 units of an added token, which is sought in normalised form: NFC triples some, others prepend one. */
function widest({ content, normalized }: AddedToken): number {
  return normalized ? 3 * content.length + 1 : content.length;
}

/** Whether every character has a token: by its bytes, as nothing else is sure to. */
function knowsEveryByte(
  { vocab, byte_fallback }: z.infer<typeof readParts>["model"],
  isByteLevel: boolean,
): boolean {
  const bytes = Array.from({ length: 256 }, (_, byte) => byte);
  if (isByteLevel) return bytes.every((byte) => Object.hasOwn(vocab, byteLevelCharacter(byte)));
  const spelled = (byte: number) => `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
  return byte_fallback === true && bytes.every((byte) => Object.hasOwn(vocab, spelled(byte)));
}

/** GPT-2's spelling of bytes: printable ones as themselves, the others from U+0100 on, in order. */
function byteLevelCharacter(byte: number): string {
  const isPrintable = (code: number) =>
    (code > 0x20 && code < 0x7f) || (code > 0xa0 && code !== 0xad);
  if (isPrintable(byte)) return String.fromCharCode(byte);
  let before = 0;
  for (let code = 0; code < byte; code++) if (!isPrintable(code)) before++;
  return String.fromCharCode(0x100 + before);
}

/** Normalizers that make no text shorter, besides by composing characters. */
function keepsLength(part: Nested): boolean {
  const { type } = part;
  if (type === "NFC" || type === "Prepend") return true;
  if (type !== "Replace") return false;
  const replaced = z.object({ pattern: z.object({ String: z.string() }), content: z.string() });
  const read = replaced.safeParse(part);
  return read.success && read.data.content.length >= read.data.pattern.String.length;
}

/** Pre-tokenizers that drop nothing between words. */
function keepsAll({ type, behavior }: Nested): boolean {
  return ["ByteLevel", "Digits", "Metaspace"].includes(type) ||
    ["Split", "Punctuation"].includes(type) && behavior !== "Removed";
}

const all = (part: Nested | null | undefined, holds: (part: Nested) => boolean) =>
  partsOf(part).every(holds);
const some = (part: Nested | null | undefined, holds: (part: Nested) => boolean) =>
  partsOf(part).some(holds);

/** The parts of a sequence of them, or the one, or none. */
function partsOf(part: Nested | null | undefined): readonly Nested[] {
  if (part === null || part === undefined) return [];
  if (part.type !== "Sequence") return [part];
  const lists = z.looseObject({
    normalizers: z.array(nested).default([]),
    pretokenizers: z.array(nested).default([]),
  }).parse(part);
  return [...lists.normalizers, ...lists.pretokenizers].flatMap(partsOf);
}
