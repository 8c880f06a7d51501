/**
 * Tiles: runs that share a prefix, put side by side and padded to a common extent.
 *
 * `layers/tiles.ts` says how a graph reads them.
 *
 * @module
 */

import type { Piece, Run } from "./runs.ts";

/** What tiles may cost. */
export interface TileLimits {
  /** Most query-key pairs of a tile, so that its scores fit into memory. */
  readonly maxPairs: number;
  /** Pairs that may be wasted on padding before another tile is cheaper. */
  readonly pairsPerTile: number;
}

/** One tile: where it stands in the lists, and its extents. */
export interface TileLine {
  readonly rowStart: number;
  readonly rowEnd: number;
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly prefixStart: number;
  readonly prefixEnd: number;
  readonly members: number;
  readonly rows: number;
  readonly keys: number;
  readonly prefix: number;
  readonly places: number;
  readonly missingPlaces: number;
  readonly missingSpan: number;
}

/** The tiles of a frame, in the order and with the names of the graph's inputs. */
export interface TileArrays {
  /** A line per tile; `layers/tiles.ts` names its columns. */
  readonly table: readonly TileLine[];
  readonly rows: Int32Array;
  readonly reach: Int32Array;
  readonly keys: Int32Array;
  readonly prefix: Int32Array;
  /** Places of the largest tile. */
  readonly height: number;
  /** Per query row, its place in the stacked tiles. */
  readonly places: Int32Array;
  /** Prefix plus keys of the widest tile. */
  readonly span: number;
}

/** Runs that become one tile. */
interface Draft {
  readonly runs: readonly Run[];
  readonly rows: number;
  readonly keys: number;
  readonly prefix: number;
}

/** @param queries how many query rows the frame has; every one of them stands in one run */
export function tilesOf(
  runs: readonly Run[],
  queries: number,
  limits: TileLimits,
): TileArrays {
  const drafts = [...byPrefix(runs).values()].flatMap((siblings) => draft(siblings, limits));
  return layOut(drafts, queries);
}

/** Runs under the same prefix. The last piece tells a prefix: pieces lead from the root to it. */
function byPrefix(runs: readonly Run[]): ReadonlyMap<string, Run[]> {
  const groups = new Map<string, Run[]>();
  for (const run of runs) {
    const nearest = run.prefix.at(-1);
    const key = nearest === undefined ? "root" : `${nearest.first}+${nearest.length}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return groups;
}

/** Longest runs first; a new tile begins where padding would cost more than a tile, or memory ends. */
function draft(siblings: readonly Run[], limits: TileLimits): Draft[] {
  const sorted = siblings.toSorted((a, b) =>
    b.keys.length - a.keys.length || b.rows.length - a.rows.length
  );
  const prefix = lengthOf(sorted[0]?.prefix ?? []);
  const drafts: Draft[] = [];
  let open: Run[] = [];
  for (const run of sorted) {
    if (open.length > 0 && !fits([...open, run], prefix, limits)) {
      drafts.push(padded(open, prefix));
      open = [];
    }
    open.push(run);
  }
  return open.length === 0 ? drafts : [...drafts, padded(open, prefix)];
}

function fits(runs: readonly Run[], prefix: number, limits: TileLimits): boolean {
  const { rows, keys } = padded(runs, prefix);
  const pairs = runs.length * rows * (prefix + keys);
  const needed = runs.reduce(
    (sum, run) => sum + run.rows.length * (prefix + run.keys.length),
    0,
  );
  return pairs <= limits.maxPairs && pairs - needed <= limits.pairsPerTile;
}

function padded(runs: readonly Run[], prefix: number): Draft {
  const rows = Math.max(...runs.map((run) => run.rows.length));
  const keys = Math.max(...runs.map((run) => run.keys.length));
  return { runs, rows, keys, prefix };
}

/** Writes the arrays. Padding repeats a run's first row and key; nobody reads what comes of it. */
function layOut(drafts: readonly Draft[], queries: number): TileArrays {
  const lists: Lists = { rows: [], reach: [], keys: [], prefix: [] };
  const places = new Int32Array(queries);
  const height = Math.max(0, ...drafts.map(({ runs, rows }) => runs.length * rows));
  const span = Math.max(0, ...drafts.map(({ prefix, keys }) => prefix + keys));
  const table = drafts.map((draft, tile) => {
    const line = lineOf(draft, lists, { height, span });
    draft.runs.forEach((run, member) => {
      const place = tile * height + member * draft.rows;
      run.rows.forEach((row, i) => places[row] = place + i);
      append(lists.rows, run.rows, draft.rows);
      append(lists.reach, run.reach, draft.rows);
      append(lists.keys, indices(run.keys), draft.keys);
    });
    const prefix = draft.runs[0]?.prefix ?? [];
    for (const piece of prefix) append(lists.prefix, indices(piece), piece.length);
    return line;
  });
  return {
    table,
    rows: Int32Array.from(lists.rows),
    reach: Int32Array.from(lists.reach),
    keys: Int32Array.from(lists.keys),
    prefix: Int32Array.from(lists.prefix),
    height,
    span,
    places,
  };
}

interface Lists {
  readonly rows: number[];
  readonly reach: number[];
  readonly keys: number[];
  readonly prefix: number[];
}

/** The line of a tile whose indices are about to be appended to the lists. */
function lineOf(
  { runs, rows, keys, prefix }: Draft,
  lists: Lists,
  { height, span }: { height: number; span: number },
): TileLine {
  const members = runs.length;
  const places = members * rows;
  return {
    rowStart: lists.rows.length,
    rowEnd: lists.rows.length + places,
    keyStart: lists.keys.length,
    keyEnd: lists.keys.length + members * keys,
    prefixStart: lists.prefix.length,
    prefixEnd: lists.prefix.length + prefix,
    members,
    rows,
    keys,
    prefix,
    places,
    missingPlaces: height - places,
    missingSpan: span - prefix - keys,
  };
}

/** Appends `values`, filled up to `length` with the first of them. */
function append(list: number[], values: readonly number[], length: number): void {
  for (let i = 0; i < length; i++) list.push(values[i] ?? values[0] ?? 0);
}

function indices({ first, length }: Piece): number[] {
  return Array.from({ length }, (_, i) => first + i);
}

function lengthOf(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}
