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
}

/** The ids of a piece and the characters of each, from the start of the piece. */
type PieceTokens = Pick<Tokens, "ids" | "starts" | "ends" | "cores">;

const BREAK = "\n";

/**
 * @param pieces at least one
 * @returns the tokens of the joined pieces, or why the tokenizer refuses one of them: `invalid_request`
 * where the vocabulary itself makes a control token of plain text
 */
export async function encodePieces(
  tokenizer: Tokenizer,
  pieces: readonly TextPiece[],
): Promise<Tokens | Error> {
  const [first, ...others] = pieces as [TextPiece, ...TextPiece[]];
  const [start = missing(), lineBreak = missing()] = await encode(
    tokenizer,
    [first.text, BREAK],
    false,
  );
  if (lineBreak instanceof Error) return lineBreak;
  const parts: PieceTokens[] = [];
  const behind = await encodeBehind(tokenizer, others, lineBreak.ids);
  for (const [at, tokens] of [start, ...behind].entries()) {
    if (tokens instanceof Error) return tokens;
    if (isForged(tokenizer, pieces[at]!, tokens.ids)) return unavoidable(pieces[at]!.text);
    parts.push(tokens);
  }
  return joinPieces(pieces, parts);
}

/** The tokens of pieces that stand behind others: at most two calls for each way of reading. */
async function encodeBehind(
  tokenizer: Tokenizer,
  pieces: readonly TextPiece[],
  lineBreak: Int32Array,
): Promise<(PieceTokens | Error)[]> {
  const found = new Map<TextPiece, PieceTokens | Error>();
  for (const isPlain of [true, false]) {
    const group = pieces.filter((piece) => piece.isPlain === isPlain);
    const broken = await encode(tokenizer, group.map(({ text }) => BREAK + text), isPlain);
    for (const [at, tokens] of broken.entries()) {
      const behind = withoutBreak(tokens, lineBreak);
      if (behind !== undefined) found.set(group[at]!, behind);
    }
    const alone = group.filter((piece) => !found.has(piece));
    const whole = await encode(tokenizer, alone.map(({ text }) => text), isPlain);
    for (const [at, tokens] of whole.entries()) found.set(alone[at]!, tokens);
  }
  return pieces.map((piece) => found.get(piece) ?? missing());
}

function encode(tokenizer: Tokenizer, texts: readonly string[], isPlain: boolean) {
  const matching = isPlain ? { matching: "none" as const } : {};
  return tokenizer.encode(texts, { addSpecialTokens: false, ...matching });
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

function joinPieces(pieces: readonly TextPiece[], parts: readonly PieceTokens[]): Tokens {
  const length = parts.reduce((sum, { ids }) => sum + ids.length, 0);
  const tokens = {
    ids: new Int32Array(length),
    starts: new Int32Array(length),
    ends: new Int32Array(length),
  };
  const cores = new Map<number, Span>();
  let [at, place] = [0, 0];
  for (const [i, part] of parts.entries()) {
    tokens.ids.set(part.ids, at);
    tokens.starts.set(part.starts.map((start) => place + start), at);
    tokens.ends.set(part.ends.map((end) => place + end), at);
    for (const [own, [start, end]] of part.cores) cores.set(at + own, [place + start, place + end]);
    at += part.ids.length;
    place += codePointLength(pieces[i]!.text);
  }
  return { ...tokens, texts: [[0, length]], cores };
}

function missing(): Error {
  return new Error("the tokenizers library returned fewer results than texts");
}
