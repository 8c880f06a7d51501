/**
 * The scoring pass: one graph for every query. It gives the head's outputs at the rows asked for and,
 * for queries that ask, what is measured in the last layer.
 *
 * @module
 */

import { type Architecture, isGated, type Pooling } from "../../architectures/architecture.ts";
import type { AttentionForm } from "../../layers/frames/attention_form.ts";
import { type Frame, summedWide, watched } from "../../layers/frames/frame.ts";
import { treeBatch } from "../../layers/frames/tree.ts";
import { Parameters } from "../../layers/parameters.ts";
import { type ComputeDtype, storedWeights } from "../../layers/stored_weights.ts";
import { Graph } from "../../onnx/graph.ts";
import { cast, gather, matmul } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type TokenTree, tokenTree, type TreeOptions, type Wanted } from "../../tree/token_tree.ts";
import type { TensorLedger } from "../../weights/checkpoint.ts";
import type { Feed, Feeds, Outputs } from "../arrays.ts";
import type { Query, SequenceOutput } from "../engine.ts";
import { feedsOf, listFeed } from "../feeds.ts";
import { expectFinite, floatRows } from "../readings.ts";
import { measurements } from "../measurements/registry.ts";

export {
  type AttentionForm,
  attentionFormOf,
  attentionForms,
} from "../../layers/frames/attention_form.ts";

/** The measurements that the scoring graph gives out. */
const measured = Object.entries(measurements).flatMap(([name, each]) =>
  each.pass === "scoring" ? [{ name, ...each }] : []
);

/** How the scoring graph is written. */
export interface ScoringForm {
  /** @default "float32" */
  readonly dtype?: ComputeDtype;
  /** How attention is computed. @default "tiles" */
  readonly attention?: AttentionForm | undefined;
}

/**
 * Writes the scoring graph, which takes every tensor it needs from the ledger.
 *
 * Its outputs are `logits`, `[readings, labels]`, and one for each measurement of the last layer.
 */
export function scoringGraph(
  architecture: Architecture,
  weights: TensorLedger,
  { dtype = "float32", attention = "tiles" }: ScoringForm = {},
): Graph {
  const { trunk, pooling, head } = architecture;
  for (const { pattern, reason } of [...trunk.derived, ...head.unread ?? []]) {
    weights.ignore(pattern, reason);
  }
  const graph = new Graph(trunk.family);
  const parameters = new Parameters(storedWeights(graph, weights, dtype));
  const batch = treeBatch(graph, architecture.attention, attention);
  const { layers } = trunk.dimensions;
  // What is rounded to int8 must not depend on the layout of a batch by a single digit.
  const summed = weights.quantized === undefined ? (frame: Frame) => frame : summedWide;
  const last = watched(summed(batch.last), (projections, spec) => {
    for (const { write } of measured) write(graph, batch, { projections, spec });
  });
  const hidden = trunk.hidden(batch, parameters.at(trunk.prefix), {
    frame: (layer) => layer === layers - 1 ? last : summed(batch.inner),
  }); // [queries, hidden]
  const states = cast(hidden, "float32");
  const { readings, gates } = readingsOf(graph, states, pooling);
  graph.output("logits", head.write(readings, parameters, gates));
  return graph;
}

/** What the head reads: the rows themselves, means of them, or pairs of them where it has a gate. */
function readingsOf(graph: Graph, states: Value, pooling: Pooling) {
  if (pooling === "mean") {
    const weights = graph.input("pool", "float32", ["readings", "queries"]);
    return { readings: matmul(weights, states), gates: undefined };
  }
  if (!isGated(pooling)) return { readings: states, gates: undefined };
  const [readings, gates] = ["read", "gate"].map((name) =>
    gather(states, graph.input(name, "int32", ["readings"]))
  );
  return { readings: readings!, gates };
}

/** A batch of queries laid out for the scoring graph. */
export interface ScoringLayout {
  readonly tree: TokenTree;
  /** Of each query, the rows of `logits` that answer it: those of its pooled states first. */
  readonly readings: readonly Int32Array[];
}

/** The inputs of the scoring graph for some queries. */
export function scoringFeeds(
  queries: readonly Query[],
  { tree: options, pooling }: { tree: TreeOptions; pooling: Pooling },
): ScoringLayout & { readonly feeds: Feeds } {
  expectPooled(queries, pooling);
  const tree = tokenTree(queries.map((query) => wantedOf(query, pooling)), options);
  if (isGated(pooling)) {
    const { feeds, readings } = gatedReadings(tree);
    return { tree, readings, feeds: { ...feedsOf(tree), ...feeds } };
  }
  if (pooling !== "mean") return { tree, readings: tree.rowsOf, feeds: feedsOf(tree) };
  const { pool, readings } = meanReadings(queries, tree);
  return { tree, readings, feeds: { ...feedsOf(tree), pool } };
}

function expectPooled(queries: readonly Query[], pooling: Pooling): void {
  const several = pooling === "mean" || pooling === "steps";
  const [least, most] = several ? [1, Infinity] : isGated(pooling) ? [2, 2] : [1, 1];
  const at = queries.findIndex(({ pool }) => pool.length < least || pool.length > most);
  if (at < 0) return;
  const what = several ? "at least one position" : most === 2 ? "two positions" : "one position";
  throw new RangeError(
    `Cannot pool the states of sequence ${at} as the head reads ${what}: ` +
      `received ${queries[at]!.pool.length}`,
  );
}

/** The pooled positions first, then the other rows. */
function wantedOf({ ids, types, pool, rows, measure }: Query, pooling: Pooling): Wanted {
  const read = isGated(pooling) ? pool.slice(1) : pool;
  return { ids, types, rows: [...pool, ...rows], attend: asked(measure).length > 0 ? read : [] };
}

function asked(measure: Query["measure"]) {
  return measured.filter(({ name }) => measure.some((each) => each === name));
}

/**
 * A head with a gate reads two states per answer: rows `read` and `gate` of the states, `int32[readings]`. Of a
 * query's rows the first is the gate's, for the one that is pooled and all others.
 */
function gatedReadings({ rowsOf }: TokenTree): { feeds: Feeds; readings: readonly Int32Array[] } {
  const [read, gate]: [number[], number[]] = [[], []];
  const readings = rowsOf.map(([first = 0, ...rows]) => {
    const answers = rows.map((row) => {
      gate.push(first);
      return read.push(row) - 1;
    });
    return Int32Array.from(answers);
  });
  const [reads, gates] = [read, gate].map((rows) => listFeed(Int32Array.from(rows)));
  return { feeds: { read: reads!, gate: gates! }, readings };
}

/** A head that reads means reads one state per answer: `pool`, `float32[readings, queries]`, makes them. */
function meanReadings(
  queries: readonly Query[],
  { rowsOf, queryRows }: TokenTree,
): { pool: Feed; readings: readonly Int32Array[] } {
  const columns = queryRows.length;
  const total = queries.reduce((sum, { rows }) => sum + 1 + rows.length, 0);
  const weights = new Float32Array(total * columns);
  let next = 0;
  const readings = queries.map(({ pool, rows }, i) => {
    const [first, own] = [next, rowsOf[i]!];
    next += 1 + rows.length;
    pool.forEach((_, k) => weights[first * columns + own[k]!]! += 1 / pool.length);
    rows.forEach((_, k) => weights[(first + 1 + k) * columns + own[pool.length + k]!] = 1);
    return Int32Array.from({ length: 1 + rows.length }, (_, k) => first + k);
  });
  return { pool: { data: weights, dims: [total, columns] }, readings };
}

/**
 * The output of each query.
 *
 * @throws {AbacusError} `model_failure` at `[i]` where a query's numbers are not finite: no number is
 * made up for it (law 3)
 */
export function sequenceOutputs(
  queries: readonly Query[],
  { tree, readings }: ScoringLayout,
  outputs: Outputs,
): SequenceOutput[] {
  const logitsAt = floatRows("logits", outputs);
  return queries.map(({ ids, rows, measure }, index) => {
    const read = Array.from(readings[index] ?? [], logitsAt);
    const pooled = read.length - rows.length;
    const logits = joined(read.slice(0, pooled));
    const rowLogits = joined(read.slice(pooled));
    expectFinite(logits, { what: "a score", index });
    expectFinite(rowLogits, { what: "a score", index });
    const found = asked(measure).map(({ name, what, read }) => {
      const numbers = read(outputs, tree, { index, length: ids.length });
      expectFinite(numbers, { what, index });
      return [name, numbers];
    });
    return { logits, rowLogits, measured: Object.fromEntries(found) };
  });
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const columns = rows[0]?.length ?? 0;
  const all = new Float32Array(rows.length * columns);
  rows.forEach((row, i) => all.set(row, i * columns));
  return all;
}
