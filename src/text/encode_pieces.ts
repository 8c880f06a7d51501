/**
 * Encodes a text in pieces, of which some are read without any added tokens, as transformers encodes a
 * conversation with marked control tokens (`encode_marked_chat`).
 *
 * Every piece but the first is tokenised behind a line break, which is taken off again, so that it gets no
 * prefix space as at the start of a text.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import { codePointLength, type Span } from "./encoding.ts";
import type { Tokenizer, Tokens } from "./tokenizer.ts";

/** A part of a text. */
export interface TextPiece {
  readonly text: string;
  /** Whether it is read without added tokens. */
  readonly isPlain: boolean;
  /** Whether it is tokenised as if nothing stood before it. @default it stands behind other text */
  readonly isAlone?: boolean;
  /** The tokens that stand for it, whatever its text is. @default those of its text */
  readonly ids?: readonly number[] | undefined;
  /** Whether those tokens are a mark. @default false */
  readonly isMark?: boolean;
}

/** The tokens of joined pieces. */
export interface PiecedTokens extends Tokens {
  /** The ranges of the marks' tokens. */
  readonly marks: readonly Span[];
}

/** How a whole text is read. */
export interface PiecesOptions {
  /** Whether the tokenizer adds its special tokens around the text. @default false */
  readonly addSpecialTokens?: boolean;
  /** How pieces are read that are not plain. @default as the files say */
  readonly matching?: "split" | undefined;
}

/** The ids of a piece and the characters of each, from the start of the piece. */
type PieceTokens = Pick<Tokens, "ids" | "starts" | "ends" | "cores">;

const BREAK = "\n";

/**
 * @param pieces at least one, the first of which is no mark
 * @returns the tokens of the joined pieces, or why the tokenizer refuses one of them: `invalid_request`
 * where the vocabulary itself makes a control token of plain text
 */
export async function encodePieces(
  tokenizer: Tokenizer,
  pieces: readonly TextPiece[],
  { addSpecialTokens = false, matching }: PiecesOptions = {},
): Promise<PiecedTokens | Error> {
  const [first, ...others] = pieces as [TextPiece, ...TextPiece[]];
  const encode: Encode = (texts, { isPlain = false, isFirst = false } = {}) => {
    const way = isPlain ? "none" as const : matching;
    return tokenizer.encode(texts, {
      addSpecialTokens: isFirst && addSpecialTokens,
      ...(way === undefined ? {} : { matching: way }),
    });
  };
  const [start = missing()] = await encode([first.text], { isFirst: true });
  const [lineBreak = missing()] = await encode([BREAK]);
  if (start instanceof Error) return start;
  if (lineBreak instanceof Error) return lineBreak;
  const { length } = start.ids;
  const [, end = length] = start.texts[0] ?? [];
  const parts: PieceTokens[] = [slice(start, 0, end)];
  for (const tokens of await encodeBehind(others, lineBreak.ids, encode)) {
    if (tokens instanceof Error) return tokens;
    const piece = pieces[parts.length]!;
    if (isForged(tokenizer, piece, tokens.ids)) return unavoidable(piece.text);
    parts.push(tokens);
  }
  if (isForged(tokenizer, first, start.ids)) return unavoidable(first.text);
  return joinPieces(pieces, {
    parts,
    head: start.texts[0]?.[0] ?? 0,
    tail: slice(start, end, length),
  });
}

type Encode = (
  texts: readonly string[],
  way?: { readonly isPlain?: boolean; readonly isFirst?: boolean },
) => Promise<(Tokens | Error)[]>;

/** The tokens of pieces that stand behind others: at most two calls for each way of reading. */
async function encodeBehind(
  pieces: readonly TextPiece[],
  lineBreak: Int32Array,
  encode: Encode,
): Promise<(PieceTokens | Error)[]> {
  const found = new Map<TextPiece, PieceTokens | Error>();
  for (const piece of pieces) {
    if (piece.ids !== undefined) found.set(piece, markTokens(piece, piece.ids));
  }
  for (const isPlain of [true, false]) {
    const group = pieces.filter((piece) => piece.isPlain === isPlain && piece.ids === undefined);
    const joined = group.filter(({ isAlone = false }) => !isAlone);
    const broken = await encode(joined.map(({ text }) => BREAK + text), { isPlain });
    for (const [at, tokens] of broken.entries()) {
      const behind = withoutBreak(tokens, lineBreak);
      if (behind !== undefined) found.set(joined[at]!, behind);
    }
    const alone = group.filter((piece) => !found.has(piece));
    const whole = await encode(alone.map(({ text }) => text), { isPlain });
    for (const [at, tokens] of whole.entries()) found.set(alone[at]!, tokens);
  }
  return pieces.map((piece) => found.get(piece) ?? missing());
}

/** A mark's tokens, which share its characters. */
function markTokens({ text }: TextPiece, ids: readonly number[]): PieceTokens {
  const ends = new Int32Array(ids.length).fill(codePointLength(text));
  return { ids: Int32Array.from(ids), starts: new Int32Array(ids.length), ends, cores: new Map() };
}

/** The tokens behind the line break; undefined where it is no token of its own. */
function withoutBreak(
  tokens: Tokens | Error,
  lineBreak: Int32Array,
): PieceTokens | Error | undefined {
  if (tokens instanceof Error) return tokens;
  const { length } = lineBreak;
  if (!lineBreak.every((id, at) => tokens.ids[at] === id)) return undefined;
  const shift = (place: number) => Math.max(0, place - 1);
  const cores = [...tokens.cores].filter(([at]) => at >= length).map(
    ([at, [start, end]]) => [at - length, [shift(start), shift(end)]] as const,
  );
  return {
    ids: tokens.ids.slice(length),
    starts: tokens.starts.slice(length).map(shift),
    ends: tokens.ends.slice(length).map(shift),
    cores: new Map(cores),
  };
}

function isForged(tokenizer: Tokenizer, { text, isPlain }: TextPiece, ids: Int32Array): boolean {
  const id = tokenizer.idOf(text);
  return isPlain && id !== undefined && ids.includes(id);
}

/** The error of a control token that plain text becomes by the vocabulary alone. */
export function unavoidable(token: string): AbacusError {
  return new AbacusError(
    "invalid_request",
    "Cannot read a control token as plain text (--split-special-tokens) as the tokenizer makes it " +
      `of plain text too: received '${token}'`,
  );
}

interface Joined {
  readonly parts: readonly PieceTokens[];
  /** How many tokens were added before the text. */
  readonly head: number;
  /** The tokens that were added behind it. */
  readonly tail: PieceTokens;
}

function joinPieces(pieces: readonly TextPiece[], { parts, head, tail }: Joined): PiecedTokens {
  const all = [...parts, tail];
  const length = all.reduce((sum, { ids }) => sum + ids.length, 0);
  const tokens = {
    ids: new Int32Array(length),
    starts: new Int32Array(length),
    ends: new Int32Array(length),
  };
  const cores = new Map<number, Span>();
  const marks: Span[] = [];
  let [at, place] = [0, 0];
  for (const [i, part] of all.entries()) {
    const { text = "", isMark = false } = pieces[i] ?? {};
    // Added tokens have no characters, wherever they stand.
    const shift = part === tail ? 0 : place;
    tokens.ids.set(part.ids, at);
    tokens.starts.set(part.starts.map((start) => shift + start), at);
    tokens.ends.set(part.ends.map((end) => shift + end), at);
    for (const [own, [start, end]] of part.cores) cores.set(at + own, [place + start, place + end]);
    if (isMark) marks.push([at, at + part.ids.length]);
    at += part.ids.length;
    place += codePointLength(text);
  }
  return { ...tokens, texts: [[head, length - tail.ids.length]], cores, marks };
}

function slice({ ids, starts, ends, cores }: PieceTokens, from: number, to: number): PieceTokens {
  return {
    ids: ids.slice(from, to),
    starts: starts.slice(from, to),
    ends: ends.slice(from, to),
    cores: new Map(
      [...cores].filter(([at]) => at >= from && at < to).map(([at, core]) => [at - from, core]),
    ),
  };
}

function missing(): Error {
  return new Error("the tokenizers library returned fewer results than texts");
}
