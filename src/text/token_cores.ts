/**
 * The cores of tokens: the characters of a token itself, where its span includes the space around it.
 *
 * @module
 */

import type { Span } from "./encoding.ts";
import type { StrippingToken } from "./open_library.ts";
import type { Tokens } from "./tokenizer.ts";

/**
 * @param texts the texts of the tokens
 * @returns the cores by the positions of their tokens
 */
export function findCores(
  texts: readonly string[],
  tokens: Omit<Tokens, "cores" | "types">,
  stripping: ReadonlyMap<number, StrippingToken>,
): Map<number, Span> {
  const { ids, starts, ends } = tokens;
  const cores = new Map<number, Span>();
  if (stripping.size === 0) return cores;
  for (const [i, [from, to]] of tokens.texts.entries()) {
    for (let at = from; at < to; at++) {
      const token = stripping.get(ids[at]!);
      if (token === undefined) continue;
      cores.set(at, coreOf(token, [starts[at]!, ends[at]!], texts[i] ?? ""));
    }
  }
  return cores;
}

function coreOf(
  { length, lstrip, rstrip }: StrippingToken,
  [start, end]: Span,
  text: string,
): Span {
  if (!rstrip) return [Math.max(start, end - length), end];
  const swallowed = lstrip ? leadingSpace(text, [start, end]) : 0;
  return [start + swallowed, Math.min(end, start + swallowed + length)];
}

/** Called rarely, so a pass over the text is acceptable. */
function leadingSpace(text: string, [start, end]: Span): number {
  const characters = Array.from(text).slice(start, end);
  const first = characters.findIndex((character) => character.trim() !== "");
  return Math.max(0, first);
}
