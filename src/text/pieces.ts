/**
 * Pieces: what each token of a sequence writes, for samples that were given as ids.
 *
 * @module
 */

import { codePointLength, type Span } from "./encoding.ts";

/** Tokens before one that decide how it is written: most decoders look at one, none that we know at more. */
const BEFORE = 4;

/** A text and, per token, the code points of it that the token writes. */
export interface DecodedText {
  readonly text: string;
  readonly offsets: readonly Span[];
}

/**
 * The text of each list of ids. A token writes what decoding it behind the tokens before it adds to
 * decoding those alone. Pieces of a character that several tokens share stand for themselves, so the
 * text is fit to find sentences in and not to be shown.
 *
 * @param decode texts of lists of ids
 */
export async function decodedTexts(
  lists: readonly Int32Array[],
  decode: (lists: readonly Int32Array[]) => Promise<readonly string[]>,
): Promise<DecodedText[]> {
  const windows = lists.flatMap((ids) =>
    Array.from(ids, (_, at) => [Math.max(0, at - BEFORE), at] as const)
      .flatMap(([start, at]) => [ids.subarray(start, at), ids.subarray(start, at + 1)])
  );
  const texts = (await decode(windows)).values();
  return lists.map((ids) => {
    const pieces = Array.from(ids, () => added(next(texts), next(texts)));
    let at = 0;
    const offsets = pieces.map((piece): Span => [at, at += codePointLength(piece)]);
    return { text: pieces.join(""), offsets };
  });
}

/** What `longer` has behind all that it shares with `shorter`. */
function added(shorter: string, longer: string): string {
  let shared = 0;
  while (shared < shorter.length && shorter[shared] === longer[shared]) shared++;
  return longer.slice(shared);
}

function next(texts: Iterator<string>): string {
  return texts.next().value ?? "";
}
