/**
 * Prefix tree: sequences that begin alike, cut into segments so that what they share is computed once.
 *
 * Pure planning: knows token ids, no model and no runtime.
 *
 * @module
 */

/** A sequence of tokens. */
export interface Sequence {
  readonly ids: Int32Array;
  /** The type (segment) of each token. @default 0 for every token */
  readonly types?: Int32Array | undefined;
}

/** A run of tokens without a branch. Its tokens attend to its ancestors' and to their own run. */
export interface Segment extends Sequence {
  readonly parent: Segment | undefined;
  /** Position of its first token in the sequences it belongs to. */
  readonly start: number;
  /** Index of its first token in the packed list. */
  readonly first: number;
  /** Length of the (or, where shared, one) sequence it belongs to. */
  readonly sequenceLength: number;
}

/**
 * The segments in packed order, and per sequence the segment that holds its last token; there a
 * longer sequence may go on.
 */
export interface PrefixTree {
  readonly segments: readonly Segment[];
  readonly ends: readonly Segment[];
  readonly tokens: number;
}

/** When sharing pays. */
export interface SharingPolicy {
  /**
   * Tokens that must be saved for a branch to pay: a branch costs attention tiles of its own in every
   * layer, whatever its length. `Infinity` shares nothing but whole duplicates.
   */
  readonly tokensPerBranch: number;
  /** Longer sequences share nothing but whole duplicates. */
  readonly sharesUpTo: number;
}

/**
 * Builds the tree of some sequences, none of them empty. Whole duplicates always share; sequences with types
 * share nothing else, for a token has one type before one completion and may have another before the next.
 */
export function prefixTree(sequences: readonly Sequence[], policy: SharingPolicy): PrefixTree {
  const groups = duplicates(sequences);
  const shares = ({ ids, types }: Sequence) =>
    types === undefined && ids.length <= policy.sharesUpTo && policy.tokensPerBranch < Infinity;
  const together = hosted(groups.filter(shares));
  const builder = new Builder(policy.tokensPerBranch);
  builder.grow(together.filter(({ ids, host }) => ids === host).map(({ ids }) => ids));
  const ends: Segment[] = [];
  for (const { ids, host, members } of together) {
    const end = builder.segmentAt(host, ids.length - 1);
    for (const i of members) ends[i] = end;
  }
  for (const group of groups.filter((group) => !shares(group))) {
    const end = builder.addAlone(group);
    for (const i of group.members) ends[i] = end;
  }
  return { segments: builder.segments, ends, tokens: builder.tokens };
}

/** Sequences that are equal: the first of them, and which ones they are. */
interface Group extends Sequence {
  readonly members: readonly number[];
}

/** Sequences grouped by equality; groups that begin alike stand side by side, shorter first. */
function duplicates(sequences: readonly Sequence[]): Group[] {
  const sorted = sequences.map(({ ids, types }, i) => ({ ids, types, i })).sort(order);
  const groups: (Sequence & { members: number[] })[] = [];
  for (const { ids, types, i } of sorted) {
    const group = groups.at(-1);
    if (group !== undefined && order(group, { ids, types }) === 0) group.members.push(i);
    else groups.push({ ids, types, members: [i] });
  }
  return groups;
}

/** By ids, then by types. */
function order(a: Sequence, b: Sequence): number {
  return compare(a.ids, b.ids) || compare(a.types ?? noTypes, b.types ?? noTypes);
}

const noTypes = new Int32Array();

/**
 * A sequence that another one begins with is computed on the way: it costs no branch, so it is
 * not part of the tree and only finds its tokens there.
 */
function hosted(groups: readonly Group[]): (Group & { readonly host: Int32Array })[] {
  const found: (Group & { readonly host: Int32Array })[] = [];
  for (const group of groups.toReversed()) {
    const { ids } = group;
    const next = found.at(-1); // in sorted order it would stand right behind
    const rides = next !== undefined && commonPrefix(ids, next.ids, 0) === ids.length;
    found.push({ ...group, host: rides ? next.host : ids });
  }
  return found.toReversed();
}

/** Sequences of which none begins with another, sorted, whose first `known` tokens are common. */
interface Bundle {
  readonly sorted: readonly Int32Array[];
  /** Where the segment to be made starts. */
  readonly start: number;
  readonly known: number;
  readonly parent: Segment | undefined;
}

class Builder {
  readonly segments: Segment[] = [];
  tokens = 0;
  readonly #tokensPerBranch: number;
  readonly #ends = new Map<Int32Array, Segment>();

  constructor(tokensPerBranch: number) {
    this.#tokensPerBranch = tokensPerBranch;
  }

  /** Adds sorted sequences of which none begins with another. */
  grow(sorted: readonly Int32Array[]): void {
    const open: Bundle[] = [{ sorted, start: 0, known: 0, parent: undefined }];
    for (let bundle = open.pop(); bundle !== undefined; bundle = open.pop()) {
      const { start, parent } = bundle;
      const [first, last] = [bundle.sorted[0], bundle.sorted.at(-1)];
      if (first === undefined || last === undefined) continue;
      if (first === last) {
        this.#ends.set(first, this.#segment(first, { start, end: first.length, parent }));
        continue;
      }
      const common = commonPrefix(first, last, bundle.known);
      const saved = (common - start) * (bundle.sorted.length - 1);
      const branch = saved > this.#tokensPerBranch
        ? { start: common, parent: this.#segment(first, { start, end: common, parent }) }
        : { start, parent };
      const parts = byToken(bundle.sorted, common).map((part) => ({
        ...branch,
        sorted: part,
        known: common,
      }));
      open.push(...parts.toReversed());
    }
  }

  /** Adds a sequence as a segment of its own. */
  addAlone({ ids, types }: Sequence): Segment {
    return this.#segment(ids, { start: 0, end: ids.length, parent: undefined, types });
  }

  /** The segment that holds the token at `position` of a sequence that has grown here. */
  segmentAt(sequence: Int32Array, position: number): Segment {
    let segment = this.#ends.get(sequence);
    while (segment !== undefined && segment.start > position) segment = segment.parent;
    if (segment === undefined) throw new Error("Cannot find a sequence that was not added");
    return segment;
  }

  #segment(
    sequence: Int32Array,
    { start, end, parent, types }: Pick<Segment, "start" | "parent" | "types"> & { end: number },
  ): Segment {
    const ids = sequence.subarray(start, end);
    const sequenceLength = sequence.length;
    const segment = { parent, start, ids, types, first: this.tokens, sequenceLength };
    this.segments.push(segment);
    this.tokens += ids.length;
    return segment;
  }
}

/** Token by token, shorter first: sequences that begin alike stand side by side. */
function compare(a: Int32Array, b: Int32Array): number {
  const common = commonPrefix(a, b, 0);
  if (common === a.length || common === b.length) return a.length - b.length;
  return a[common]! - b[common]!;
}

/** How many leading tokens two sequences share, `known` of them being common already. */
function commonPrefix(a: Int32Array, b: Int32Array, known: number): number {
  const most = Math.min(a.length, b.length);
  let common = known;
  while (common < most && a[common] === b[common]) common++;
  return common;
}

/** Neighbours of a sorted list that agree in the token at `position`, grouped. */
function byToken(sorted: readonly Int32Array[], position: number): Int32Array[][] {
  const groups: Int32Array[][] = [];
  for (const sequence of sorted) {
    const group = groups.at(-1);
    if (group !== undefined && group[0]?.[position] === sequence[position]) group.push(sequence);
    else groups.push([sequence]);
  }
  return groups;
}
