/**
 * Incremental decoding: which part of a text each prefix of its tokens decodes to, without decoding every
 * prefix from its first token.
 *
 * A decoder may treat the first token of a text differently, and may change what it decoded before. So
 * the tokens of a prefix are decoded from a few tokens back, at a place with a complete character; if the
 * text up to that place is unchanged, the rest is what the prefix adds. This is the scheme of prefix and
 * read offsets in serving systems (text-generation-inference, vLLM). If that text did change, a window
 * from further back is tried; the last resort is the whole prefix.
 *
 * @module
 */

/** A task that yields lists of ids to decode and continues with their texts. */
export type DecodeTask<T> = Generator<readonly Int32Array[], T, readonly string[]>;

/** How far the text of a prefix agrees with the whole text, in code points. */
export interface PrefixMatch {
  /** Leading code points that both have in common. */
  readonly shared: number;
  /** All code points of the prefix; more than `shared` if the whole text differs there. */
  readonly length: number;
}

/** A window of tokens to decode from, and a prefix in it that has been matched. */
interface Window {
  /** First token of the window. */
  readonly start: number;
  /** Tokens of the prefix. */
  readonly end: number;
  readonly match: PrefixMatch;
}

/** A prefix that was decoded. */
interface DecodedPrefix {
  readonly end: number;
  readonly match: PrefixMatch;
  /** Whether it ends with a complete character. */
  readonly isComplete: boolean;
}

/** Prefixes that are decoded together. */
const BLOCK = 16;

/** Tokens that a window has at least before the new ones. */
const CONTEXT = 4;

/** Decoders write this for bytes that are not, or not yet, a character. */
const REPLACEMENT = "\ufffd";

/** The window that decodes a prefix as a whole. */
const ORIGIN: Window = { start: 0, end: 0, match: { shared: 0, length: 0 } };

/**
 * Matches every prefix of at least `from` tokens, up to all of them. Takes time proportional to their
 * number, except in runs of bytes, of broken characters and of tokens without text, which are decoded
 * from their start.
 *
 * @param whole the code points of the text of all `ids`
 * @returns `ids.length - from + 1` matches
 */
export function* matchPrefixes(
  { ids, from }: { readonly ids: Int32Array; readonly from: number },
  whole: readonly string[],
): DecodeTask<PrefixMatch[]> {
  const found = yield* new IncrementalDecoder(ids, whole).matchFrom(from);
  const { shared, length } = found.at(-1)!;
  if (shared === whole.length && length === whole.length) return found;
  // This decoder looks back further than the windows do, so each prefix is decoded as a whole.
  return yield* new IncrementalDecoder(ids, whole, { windowed: false }).matchFrom(from);
}

class IncrementalDecoder {
  readonly #ids: Int32Array;
  readonly #whole: readonly string[];
  readonly #windowed: boolean;
  readonly #windows: Window[] = [ORIGIN];
  /** Prefixes that end with a complete character. */
  readonly #complete: DecodedPrefix[] = [];

  constructor(
    ids: Int32Array,
    whole: readonly string[],
    { windowed = true }: { windowed?: boolean } = {},
  ) {
    this.#ids = ids;
    this.#whole = whole;
    this.#windowed = windowed;
  }

  *matchFrom(from: number): DecodeTask<PrefixMatch[]> {
    const found: PrefixMatch[] = [];
    this.#addWindow(yield* this.#decode([Math.max(0, from - CONTEXT), from]));
    for (let first = from; first <= this.#ids.length; first += BLOCK) {
      const length = Math.min(BLOCK, this.#ids.length + 1 - first);
      const prefixes = yield* this.#decode(Array.from({ length }, (_, i) => first + i));
      found.push(...prefixes.map(({ match }) => match));
      this.#addWindow(prefixes);
    }
    return found;
  }

  /** Decodes from the last window, and prefixes that fail there from ever older ones. */
  *#decode(ends: readonly number[]): DecodeTask<DecodedPrefix[]> {
    const found = new Map<number, DecodedPrefix>();
    for (let back = 1, left = ends; left.length > 0; back *= 2) {
      const window = this.#windows.at(-back) ?? ORIGIN;
      for (const prefix of yield* this.#decodeFrom(window, left)) found.set(prefix.end, prefix);
      left = ends.filter((end) => !found.has(end));
    }
    return ends.map((end) => found.get(end)!);
  }

  /** Decodes prefixes from one window; leaves out those whose earlier text changed. */
  *#decodeFrom(
    { start, end, match }: Window,
    ends: readonly number[],
  ): DecodeTask<DecodedPrefix[]> {
    const [before = "", ...texts] = yield [end, ...ends].map((each) =>
      this.#ids.subarray(start, each)
    );
    // An empty text cannot show whether it changed, nor whether the decoder treats it as a start.
    if (before === "" && end > 0) return [];
    return texts.flatMap((text, i) => {
      if (!text.startsWith(before)) return [];
      const extended = extend(match, text.slice(before.length), this.#whole);
      return { end: ends[i]!, match: extended, isComplete: !text.endsWith(REPLACEMENT) };
    });
  }

  /** Starts the next window near the end of these prefixes. */
  #addWindow(prefixes: readonly DecodedPrefix[]): void {
    const last = prefixes.findLast(({ isComplete }) => isComplete);
    if (!this.#windowed || last === undefined) return;
    this.#complete.push(...prefixes.filter(({ isComplete }) => isComplete));
    const { end, match } = last;
    const start =
      this.#complete.findLast((each) =>
        each.end <= end - CONTEXT && each.match.length < match.length
      )?.end ?? 0;
    if (start > this.#windows.at(-1)!.start) this.#windows.push({ start, end, match });
  }
}

/** The match of a prefix that has `more` text than another. */
function extend(
  { shared, length }: PrefixMatch,
  more: string,
  whole: readonly string[],
): PrefixMatch {
  let agrees = shared === length;
  for (const character of more) {
    agrees &&= character === whole[length];
    if (agrees) shared++;
    length++;
  }
  return { shared, length };
}

/**
 * Runs many tasks to their end, with one call of the decoder for all that they wait for.
 *
 * @returns the results, in the order of the tasks
 */
export async function runDecodeTasks<T>(
  tasks: readonly DecodeTask<T>[],
  decode: (lists: readonly Int32Array[]) => Promise<readonly string[]>,
): Promise<T[]> {
  const results: T[] = [];
  let waiting = tasks.map((task, at) => ({ task, at, step: task.next([]) }));
  while (waiting.length > 0) {
    const open = waiting.flatMap(({ task, at, step }) => {
      if (!step.done) return { task, at, lists: step.value };
      results[at] = step.value;
      return [];
    });
    const texts = open.length === 0 ? [] : await decode(open.flatMap(({ lists }) => lists));
    let next = 0;
    waiting = open.map(({ task, at, lists }) => {
      return { task, at, step: task.next(texts.slice(next, next += lists.length)) };
    });
  }
  return results;
}
