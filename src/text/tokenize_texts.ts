/**
 * Tokenises rendered samples: at most two calls of the tokenizer, and one more for each conversation in
 * which control tokens of users are plain text.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { ControlTokens } from "./control_tokens.ts";
import { encodePieces, unavoidable } from "./encode_pieces.ts";
import type { RenderedSample } from "./rendered_sample.ts";
import { stepsOfText } from "./step_tokens.ts";
import { locateCompletion, type TokenizedSample } from "./tokenized_sample.ts";
import type { Tokenizer, Tokens } from "./tokenizer.ts";

/** What reads the texts. */
export interface TextReaders {
  readonly tokenizer: Tokenizer;
  /** The control tokens that are plain text in what users write. @default they are control tokens */
  readonly guard?: ControlTokens | undefined;
  /** The most tokens of a text that may not be cut; one of pieces is counted later. @default any number */
  readonly most?: number | undefined;
}

/** The tokens of each sample, or why there are none. */
export async function tokenizeTexts(
  samples: readonly RenderedSample[],
  readers: TextReaders,
): Promise<Map<RenderedSample, TokenizedSample | Error>> {
  const tokenized = new Map<RenderedSample, TokenizedSample | Error>();
  for (const [sample, tokens] of await encodeAll(samples, readers)) {
    tokenized.set(sample, locate(sample, tokens, readers));
  }
  return tokenized;
}

async function encodeAll(
  samples: readonly RenderedSample[],
  { tokenizer, guard, most }: TextReaders,
): Promise<[RenderedSample, Tokens | Error][]> {
  const encoded: [RenderedSample, Tokens | Error][] = [];
  for (const addSpecialTokens of [true, false]) {
    const group = samples.filter((sample) =>
      sample.pieces === undefined && sample.addSpecialTokens === addSpecialTokens
    );
    const texts = group.map(({ text }) => text);
    const split = splitting({ addSpecialTokens }, guard);
    const tokens = await tokenizer.encode(texts, { addSpecialTokens, most, ...split });
    group.forEach((sample, at) => encoded.push([sample, tokens[at] ?? missing()]));
  }
  for (const sample of samples) {
    if (sample.pieces === undefined) continue;
    const { pieces, addSpecialTokens } = sample;
    const options = { addSpecialTokens, ...splitting(sample, guard) };
    encoded.push([sample, await encodePieces(tokenizer, pieces, options)]);
  }
  return encoded;
}

/** A text that gets special tokens has none of a template, so that all of it is a user's. */
function splitting(
  { addSpecialTokens }: Pick<RenderedSample, "addSpecialTokens">,
  guard: ControlTokens | undefined,
): { matching?: "split" } {
  return guard !== undefined && addSpecialTokens ? { matching: "split" } : {};
}

function locate(
  sample: RenderedSample,
  tokens: Tokens | Error,
  readers: TextReaders,
): TokenizedSample | Error {
  if (tokens instanceof AbacusError) return tokens;
  if (tokens instanceof Error) return refused(tokens);
  const token = sample.addSpecialTokens ? forged(sample, tokens, readers) : undefined;
  if (token !== undefined) return unavoidable(token);
  const located = locateCompletion(tokens, sample.region);
  if (sample.steps === undefined) return located;
  try {
    return { ...located, steps: stepsOfText(tokens, sample.steps, located.completion) };
  } catch (error) {
    if (error instanceof AbacusError) return error;
    throw error;
  }
}

/** A control token that a text contains and that its tokens contain all the same. */
function forged(
  { text }: RenderedSample,
  { ids, texts }: Tokens,
  { tokenizer, guard }: TextReaders,
): string | undefined {
  if (guard === undefined) return undefined;
  const own = new Set(texts.flatMap(([start, end]) => [...ids.subarray(start, end)]));
  const written = [text].flat().flatMap((text) => [...guard.in(text)]);
  return written.find((token) => own.has(tokenizer.idOf(token) ?? -1));
}

function refused(cause: Error): AbacusError {
  return new AbacusError(
    "invalid_request",
    `Cannot encode as the tokenizer refuses the text: received ${cause.message}`,
    { cause },
  );
}

/** The library's fault. */
export function missing(): Error {
  return new Error("the tokenizers library returned fewer results than texts");
}
