import assert from "node:assert/strict";
import fc from "fast-check";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { treeBatch } from "../../../src/layers/frames/tree.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { type TokenTree, tokenTree, type TreeOptions } from "../../../src/tree/token_tree.ts";
import { type AttentionKind, CAUSAL, visibleWindow, windowed } from "../../../src/tree/window.ts";
import { type Plain, runGraph } from "../../onnx/run_graph.ts";
import { batches, limits, policies } from "../../tree/batches.ts";
import { kindsOf, plainAttention } from "./reference_attention.ts";
import { treeFeeds } from "./tree_feeds.ts";

/** All three uses of tiles over given projections: inner rows, last rows, attention rows. */
function attentionGraph(heads: AttentionSpec, kind: AttentionKind = "causal"): Graph {
  const graph = new Graph("attention");
  const [wide, narrow] = [heads.heads * heads.width, heads.kvHeads * heads.width];
  const batch = treeBatch(graph, kind);
  const projections = {
    queries: graph.input("q", "float32", ["tokens", wide]),
    keys: graph.input("k", "float32", ["tokens", narrow]),
    values: graph.input("v", "float32", ["tokens", narrow]),
  };
  const narrowed = { ...projections, queries: batch.last.select(projections.queries) };
  const [inner, last] = [
    batch.inner.attend(projections, heads),
    batch.last.attend(narrowed, heads),
  ];
  const attention = batch.attentionRows(narrowed, heads);
  assert.deepEqual(
    [inner, last, attention].map(({ shape }) => shape),
    [
      ["tokens", wide],
      ["queries", wide],
      ["attention.queries", windowed("attention", visibleWindow(heads, kind)) + ".span"],
    ],
  );
  graph.output("inner", inner);
  graph.output("last", last);
  graph.output("attention", attention);
  return graph;
}

/** Numbers that look random and depend on nothing but their place. */
function numbers(length: number, { seed, size }: { seed: number; size: number }): number[] {
  let state = seed;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.fround(size * (state / 2 ** 31 - 1));
  });
}

interface Batch {
  readonly sequences: readonly Int32Array[];
  readonly options: TreeOptions;
  readonly seed: number;
  /** Magnitude of the projections: large ones make attention fall on single tokens. */
  readonly size: number;
}

async function runBatch(
  graph: Graph,
  heads: AttentionSpec,
  { sequences, options, seed, size }: Batch,
) {
  const wanted = sequences.map((ids, i) => ({
    ids,
    rows: i % 2 === 0 ? [...ids.keys()] : [ids.length - 1],
    attend: i % 3 !== 1 ? [ids.length - 1] : [],
  }));
  const tree = tokenTree(wanted, options);
  const tokens = tree.ids.length;
  const matrix = (columns: number, offset: number): Plain => ({
    dims: [tokens, columns],
    data: numbers(tokens * columns, { seed: seed + offset, size }),
  });
  const narrow = heads.kvHeads * heads.width;
  const fed = {
    q: matrix(heads.heads * heads.width, 1),
    k: matrix(narrow, 2),
    v: matrix(narrow, 3),
  };
  const found = await runGraph(graph, { ...treeFeeds(graph, tree), ...fed });
  const tokensOf = pathsOf(sequences, options);
  return { wanted, tree, fed, found, tokensOf, assertNearly: nearly({ size, width: heads.width }) };
}

/** Per sequence the packed token of each position. */
function pathsOf(sequences: readonly Int32Array[], options: TreeOptions): number[][] {
  const every = sequences.map((ids) => ({ ids, rows: [...ids.keys()], attend: [] }));
  const tree = tokenTree(every, options);
  return tree.rowsOf.map((rows) => Array.from(rows, (row) => tree.queryRows[row]!));
}

function row({ dims, data }: Plain, index: number): number[] {
  const columns = dims[1] ?? 0;
  return data.slice(index * columns, (index + 1) * columns);
}

/** Fails where numbers differ by more than rounding does. */
type Nearly = (found: readonly number[], expected: readonly number[], what: string) => void;

/**
 * Scores grow with the square of the projections, and a weight is off by what its score was rounded
 * by: 2^-24 of it, a few times over.
 */
function nearly({ size, width }: { size: number; width: number }): Nearly {
  const tolerance = size * (2e-6 + size * size * width * 2 ** -22);
  return (found, expected, what) => {
    assert.equal(found.length, expected.length, what);
    expected.forEach((wanted, i) => {
      const gap = Math.abs(found[i]! - wanted);
      assert.ok(gap <= tolerance, `${what}[${i}]: ${found[i]}, not ${wanted}`);
    });
  };
}

/** Compares every row of every frame with dense attention over the sequence itself. */
function assertDense(
  ran: Awaited<ReturnType<typeof runBatch>>,
  heads: AttentionSpec,
  kind: AttentionKind,
): void {
  const { wanted, tree, fed, found, tokensOf, assertNearly } = ran;
  const as = ({ dims, data }: Plain) => ({ columns: dims[1] ?? 0, data });
  const projections = { queries: as(fed.q), keys: as(fed.k), values: as(fed.v) };
  wanted.forEach(({ ids, rows, attend }, i) => {
    const path = tokensOf[i]!;
    const dense = (position: number) =>
      plainAttention(projections, heads, { sequence: path, position, kind });
    ids.forEach((_, position) => {
      assertNearly(row(found["inner"]!, path[position]!), dense(position).output, "inner");
    });
    rows.forEach((position, k) => {
      const place = tree.rowsOf[i]![k]!;
      assertNearly(row(found["last"]!, place), dense(position).output, "last");
    });
    if (attend.length === 0) return;
    const place = tree.attentionRowsOf[i]![0]!;
    const start = tree.attention.starts[place]!;
    const weights = row(found["attention"]!, place);
    const seen = dense(rows.at(-1)!).weights;
    assert.ok(seen.slice(0, start).every((weight) => weight === 0), "nothing seen before the tile");
    const own = seen.slice(start);
    assertNearly([...weights, ...own.map(() => 0)].slice(0, own.length), own, "attention");
    assert.ok(weights.slice(own.length).every((weight) => weight === 0), "nothing beyond the row");
    assert.ok(Math.abs(weights.reduce((sum, weight) => sum + weight, 0) - 1) < 1e-5);
  });
}

const layouts: readonly AttentionSpec[] = [
  { heads: 1, kvHeads: 1, width: 2, scale: Math.SQRT1_2 },
  { heads: 4, kvHeads: 4, width: 3, scale: 0.6 },
  { heads: 4, kvHeads: 2, width: 2, scale: Math.SQRT1_2 },
  { heads: 6, kvHeads: 1, width: 4, scale: 0.5 },
];

const cases = [
  ...layouts.flatMap(kindsOf).map((each) => [...each, "causal"] as const),
  ...kindsOf(layouts[2]!).map((each) => [...each, "bidirectional"] as const),
];

for (const [name, heads, kind] of cases) {
  Deno.test(`tiles attend as dense attention does: ${name}, ${kind}`, async () => {
    const graph = attentionGraph(heads, kind);
    const window = visibleWindow(heads, kind);
    const arbitrary = fc.record({
      sequences: batches,
      options: fc.record({
        sharing: policies,
        tiles: limits,
        windows: fc.constant([window, window]),
      }),
      seed: fc.nat(),
      size: fc.constantFrom(0.5, 2, 8),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async (batch) => {
        assertDense(await runBatch(graph, heads, batch), heads, kind);
      }),
      { numRuns: 20 },
    );
  });
}

Deno.test("a masked token has no weight at all, however high it would score", async () => {
  const heads: AttentionSpec = { heads: 1, kvHeads: 1, width: 1, scale: 1 };
  const graph = attentionGraph(heads);
  const options = {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 100, pairsPerTile: 100 },
  };
  const tree = tokenTree(
    [{ ids: Int32Array.of(5, 6, 7), rows: [0, 1, 2], attend: [2] }],
    options,
  );
  const column = (data: number[]): Plain => ({ dims: [3, 1], data });
  const found = await runGraph(graph, {
    ...treeFeeds(graph, tree),
    q: column([-1e4, 1e4, 1]),
    k: column([1e4, 2, 1e4]), // the first row scores its own token at -1e8, and its future higher
    v: column([1, 2, 4]),
  });
  assert.deepEqual(found["inner"]?.data, [1, 1, 2.5]);
  assert.deepEqual(found["attention"]?.data, [0.5, 0, 0.5]);
});

Deno.test("no attention asked for is no attention row", async () => {
  const heads: AttentionSpec = { heads: 2, kvHeads: 1, width: 2, scale: 1 };
  const graph = attentionGraph(heads);
  const options = {
    sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
    tiles: { maxPairs: 100, pairsPerTile: 100 },
  };
  const tree = tokenTree([{ ids: Int32Array.of(1, 2), rows: [1], attend: [] }], options);
  const matrix = (columns: number): Plain => ({
    dims: [2, columns],
    data: Array(2 * columns).fill(1),
  });
  const fed = { q: matrix(4), k: matrix(2), v: matrix(2) };
  const found = await runGraph(graph, { ...treeFeeds(graph, tree), ...fed });
  assert.deepEqual(found["attention"]?.dims, [0, 1]);
  assert.deepEqual(found["last"]?.data, [1, 1, 1, 1]);
});

const plainHeads: AttentionSpec = { heads: 2, kvHeads: 1, width: 2, scale: 1 };

for (const heads of [plainHeads, { ...plainHeads, window: { left: 99, right: 0 } }]) {
  const seen = heads.window === undefined ? "all before them" : "a hundred tokens";
  Deno.test(`a tile's scores are all that exists at once: 2,048 tokens that see ${seen}`, async () => {
    const graph = new Graph("long");
    const tokens = 2048;
    const input = (name: string, columns: number) =>
      graph.input(name, "float32", ["tokens", columns]);
    const projections = { queries: input("q", 4), keys: input("k", 2), values: input("v", 2) };
    graph.output("y", treeBatch(graph).inner.attend(projections, heads));
    const tree: TokenTree = tokenTree([{
      ids: Int32Array.from({ length: tokens }, (_, i) => i),
      rows: [tokens - 1],
      attend: [],
    }], {
      sharing: { tokensPerBranch: 0, sharesUpTo: Infinity },
      tiles: { maxPairs: 2 ** 16, pairsPerTile: 1000 },
      windows: [visibleWindow(heads, "causal"), CAUSAL],
    });
    const matrix = (columns: number, seed: number): Plain => ({
      dims: [tokens, columns],
      data: numbers(tokens * columns, { seed, size: 2 }),
    });
    const fed = { q: matrix(4, 1), k: matrix(2, 2), v: matrix(2, 3) };
    const found = await runGraph(graph, { ...treeFeeds(graph, tree), ...fed });
    const as = ({ dims, data }: Plain) => ({ columns: dims[1] ?? 0, data });
    const dense = { queries: as(fed.q), keys: as(fed.k), values: as(fed.v) };
    for (const query of [0, 1, 31, 32, 700, 2047]) {
      const sequence = Array.from({ length: query + 1 }, (_, i) => i);
      const { output } = plainAttention(dense, heads, { sequence, position: query });
      nearly({ size: 2, width: 2 })(row(found["y"]!, query), output, `row ${query}`);
    }
  });
}
