/**
 * Prefix tree: sequences that begin alike, cut into segments so that what they share is computed once.
 *
 * Pure planning: knows token ids, no model and no runtime.
 *
 * @module
 */

/** A run of tokens without a branch. Its tokens attend to its ancestors' and to their own run. */
export interface Segment {
  readonly parent: Segment | undefined;
  /** Position of its first token in the sequences it belongs to. */
  readonly start: number;
  readonly ids: Int32Array;
  /** Index of its first token in the packed list. */
  readonly first: number;
  /** Length of the (or, where shared, one) sequence it belongs to. */
  readonly sequenceLength: number;
}

/** The segments in packed order, and per sequence the segment that holds its last token. */
export interface PrefixTree {
  readonly segments: readonly Segment[];
  readonly ends: readonly Segment[];
  readonly tokens: number;
}

/** When sharing pays. */
export interface SharingPolicy {
  /**
   * Tokens that must be saved for a branch to pay: a branch costs attention tiles of its own in every
   * layer, whatever its length.
   */
  readonly tokensPerBranch: number;
  /** Longer sequences share nothing but whole duplicates. */
  readonly sharesUpTo: number;
}

/** Builds the tree of some sequences, none of them empty. Whole duplicates always share. */
export function prefixTree(sequences: readonly Int32Array[], policy: SharingPolicy): PrefixTree {
  const builder = new Builder(policy);
  const order = sequences.map((_, i) => i).sort((a, b) => compare(at(a), at(b)));
  const [alone, together] = [order.filter((i) => !shares(i)), order.filter(shares)];
  const unique = distinct(together, at);
  builder.grow(unique.map((group) => at(first(group))), { start: 0, known: 0, parent: undefined });
  const lone = distinct(alone, at);
  for (const group of lone) builder.add(at(first(group)), 0, undefined);
  const ends: Segment[] = [];
  for (const group of [...unique, ...lone]) {
    for (const i of group) ends[i] = builder.endOf(at(first(group)));
  }
  return { segments: builder.segments, ends, tokens: builder.tokens };

  function at(i: number): Int32Array {
    return sequences[i] ?? new Int32Array();
  }
  function shares(i: number): boolean {
    return at(i).length <= policy.sharesUpTo;
  }
}

interface Branch {
  /** Where the segment to be made starts. */
  readonly start: number;
  /** How many leading tokens are known to be common. */
  readonly known: number;
  readonly parent: Segment | undefined;
}

class Builder {
  readonly segments: Segment[] = [];
  tokens = 0;
  readonly #policy: SharingPolicy;
  readonly #ends = new Map<Int32Array, Segment>();

  constructor(policy: SharingPolicy) {
    this.#policy = policy;
  }

  /** Adds sorted, distinct sequences whose first `known` tokens are common. */
  grow(sorted: readonly Int32Array[], { start, known, parent }: Branch): void {
    const [only] = sorted;
    if (only === undefined) return;
    if (sorted.length === 1) {
      this.add(only, start, parent);
      return;
    }
    const common = commonPrefix(only, last(sorted), known);
    const branch = this.#pays(common - start, sorted.length)
      ? this.#share(only, { start, end: common, parent, ending: only.length === common })
      : { start, parent };
    const rest = branch.parent !== parent && only.length === common ? sorted.slice(1) : sorted;
    for (const group of byToken(rest, common)) this.grow(group, { ...branch, known: common });
  }

  /** Adds what is left of one sequence as a segment. */
  add(sequence: Int32Array, start: number, parent: Segment | undefined): void {
    this.#ends.set(sequence, this.#segment(sequence, { start, end: sequence.length, parent }));
  }

  endOf(sequence: Int32Array): Segment {
    const end = this.#ends.get(sequence);
    if (end === undefined) throw new Error("Cannot find the end of a sequence that was not added");
    return end;
  }

  /** Whether `users` sequences gain by computing `length` tokens once. */
  #pays(length: number, users: number): boolean {
    return length > 0 && length * (users - 1) > this.#policy.tokensPerBranch;
  }

  #share(
    sequence: Int32Array,
    { start, end, parent, ending }: {
      start: number;
      end: number;
      parent: Segment | undefined;
      ending: boolean;
    },
  ): { start: number; parent: Segment } {
    const shared = this.#segment(sequence, { start, end, parent });
    if (ending) this.#ends.set(sequence, shared);
    return { start: end, parent: shared };
  }

  #segment(
    sequence: Int32Array,
    { start, end, parent }: { start: number; end: number; parent: Segment | undefined },
  ): Segment {
    const ids = sequence.subarray(start, end);
    const sequenceLength = sequence.length;
    const segment = { parent, start, ids, first: this.tokens, sequenceLength };
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

/** Neighbours of a sorted list that are equal, grouped. */
function distinct(order: readonly number[], at: (i: number) => Int32Array): number[][] {
  const groups: number[][] = [];
  for (const i of order) {
    const group = groups.at(-1);
    if (group !== undefined && compare(at(first(group)), at(i)) === 0) group.push(i);
    else groups.push([i]);
  }
  return groups;
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

function first(group: readonly number[]): number {
  const [head] = group;
  if (head === undefined) throw new RangeError("Cannot take the first of nothing");
  return head;
}

function last(sorted: readonly Int32Array[]): Int32Array {
  return sorted.at(-1) ?? new Int32Array();
}
