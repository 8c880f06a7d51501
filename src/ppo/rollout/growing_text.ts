/**
 * Growing text: how much of a whole text its beginnings write, token by token, without decoding each
 * beginning from its first token.
 *
 * A decoder may write a token otherwise where a text begins, and may take back what it wrote. So a
 * beginning is decoded from a few tokens back, at a place where no character is under way, and what the
 * window wrote before must stand there still: then the rest is what the beginning has more. This is the
 * scheme of prefix and read offsets of serving systems (text-generation-inference, vLLM). Where the window
 * wrote something else, one from further back is read; the last of them is the beginning itself.
 *
 * @module
 */

/** Work that gives lists of ids away, to go on with the text of each. */
export type Decoding<T> = Generator<readonly Int32Array[], T, readonly string[]>;

/** How far a beginning goes along with the whole text, in code points. */
export interface Reach {
  /** What the two have in common from their start. */
  readonly shared: number;
  /** All that the beginning writes; more than `shared` where the whole has something else in its place. */
  readonly length: number;
}

/** Where a window begins, and a beginning within it whose reach is known. */
interface Anchor {
  /** The token that the window begins with. */
  readonly start: number;
  /** How many tokens that beginning has. */
  readonly end: number;
  readonly reach: Reach;
}

/** Of one beginning. */
interface Finding {
  readonly end: number;
  readonly reach: Reach;
  /** Whether it ends with a whole character. */
  readonly isComplete: boolean;
}

/** Beginnings that are decoded in one go. */
const BLOCK = 16;

/** Tokens that a window holds at least before what is new in it. */
const BEFORE = 4;

/** Decoders write this for bytes that are no character, or not yet. */
const REPLACEMENT = "\ufffd";

/** Of nothing; its window is the beginning itself. */
const ORIGIN: Anchor = { start: 0, end: 0, reach: { shared: 0, length: 0 } };

/**
 * The reach of every beginning of `from` tokens and more, up to all of them. Takes time in proportion to
 * their number, save in runs of bytes, of broken characters and of tokens that write nothing: those are read
 * from where they begin.
 *
 * @param whole the code points of the text of all `ids`
 * @returns `ids.length - from + 1` of them
 */
export function* reachOfBeginnings(
  { ids, from }: { readonly ids: Int32Array; readonly from: number },
  whole: readonly string[],
): Decoding<Reach[]> {
  const found = yield* new GrowingText(ids, whole).readFrom(from);
  const { shared, length } = found.at(-1)!;
  if (shared === whole.length && length === whole.length) return found;
  // A decoder that looks further back than the windows do: each beginning by itself then.
  return yield* new GrowingText(ids, whole, { anchored: false }).readFrom(from);
}

class GrowingText {
  readonly #ids: Int32Array;
  readonly #whole: readonly string[];
  readonly #anchored: boolean;
  readonly #anchors: Anchor[] = [ORIGIN];
  /** Beginnings that end with a whole character. */
  readonly #complete: Finding[] = [];

  constructor(
    ids: Int32Array,
    whole: readonly string[],
    { anchored = true }: { anchored?: boolean } = {},
  ) {
    this.#ids = ids;
    this.#whole = whole;
    this.#anchored = anchored;
  }

  *readFrom(from: number): Decoding<Reach[]> {
    const found: Reach[] = [];
    this.#anchor(yield* this.#read([Math.max(0, from - BEFORE), from]));
    for (let first = from; first <= this.#ids.length; first += BLOCK) {
      const length = Math.min(BLOCK, this.#ids.length + 1 - first);
      const findings = yield* this.#read(Array.from({ length }, (_, i) => first + i));
      found.push(...findings.map(({ reach }) => reach));
      this.#anchor(findings);
    }
    return found;
  }

  /** Reads through the last window, and what it cannot show through ever older ones. */
  *#read(ends: readonly number[]): Decoding<Finding[]> {
    const found = new Map<number, Finding>();
    for (let back = 1, left = ends; left.length > 0; back *= 2) {
      const anchor = this.#anchors.at(-back) ?? ORIGIN;
      for (const finding of yield* this.#readThrough(anchor, left)) found.set(finding.end, finding);
      left = ends.filter((end) => !found.has(end));
    }
    return ends.map((end) => found.get(end)!);
  }

  /** Of the beginnings that go on from where an anchor's ends. */
  *#readThrough({ start, end, reach }: Anchor, ends: readonly number[]): Decoding<Finding[]> {
    const [written = "", ...texts] = yield [end, ...ends].map((each) =>
      this.#ids.subarray(start, each)
    );
    // What wrote nothing cannot show that it was taken back, nor that the window has begun.
    if (written === "" && end > 0) return [];
    return texts.flatMap((text, i) => {
      if (!text.startsWith(written)) return [];
      const more = continued(reach, text.slice(written.length), this.#whole);
      return { end: ends[i]!, reach: more, isComplete: !text.endsWith(REPLACEMENT) };
    });
  }

  /** Has the next window begin near the end of what was read. */
  #anchor(findings: readonly Finding[]): void {
    const last = findings.findLast(({ isComplete }) => isComplete);
    if (!this.#anchored || last === undefined) return;
    this.#complete.push(...findings.filter(({ isComplete }) => isComplete));
    const { end, reach } = last;
    const start =
      this.#complete.findLast((each) =>
        each.end <= end - BEFORE && each.reach.length < reach.length
      )?.end ?? 0;
    if (start > this.#anchors.at(-1)!.start) this.#anchors.push({ start, end, reach });
  }
}

/** The reach of a beginning that writes `more` than another. */
function continued({ shared, length }: Reach, more: string, whole: readonly string[]): Reach {
  let agrees = shared === length;
  for (const character of more) {
    agrees &&= character === whole[length];
    if (agrees) shared++;
    length++;
  }
  return { shared, length };
}

/**
 * Brings many works to their end, with one call of the decoder for what they all ask next.
 *
 * @returns what each came to
 */
export async function decodeTogether<T>(
  works: readonly Decoding<T>[],
  decode: (lists: readonly Int32Array[]) => Promise<readonly string[]>,
): Promise<T[]> {
  const results: T[] = [];
  let asked = works.map((work, at) => ({ work, at, step: work.next([]) }));
  while (asked.length > 0) {
    const open = asked.flatMap(({ work, at, step }) => {
      if (!step.done) return { work, at, lists: step.value };
      results[at] = step.value;
      return [];
    });
    const texts = open.length === 0 ? [] : await decode(open.flatMap(({ lists }) => lists));
    let next = 0;
    asked = open.map(({ work, at, lists }) => {
      return { work, at, step: work.next(texts.slice(next, next += lists.length)) };
    });
  }
  return results;
}
