import assert from "node:assert/strict";
import { decodeStep, prefill } from "../../../src/layers/frames/decoding.ts";
import { paddedBatch } from "../../../src/layers/frames/padded.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { assertNear, type Plain, runGraph } from "../../onnx/run_graph.ts";
import { kindsOf, type Matrix, plainAttention } from "./reference_attention.ts";

const BATCH = 2;

/** Numbers between -2 and 2 that are all different, a row per token. */
function matrix(rows: number, columns: number, seed: number): Matrix {
  const data = Array.from({ length: rows * columns }, (_, i) => 2 * Math.sin(seed + i * 1.7));
  return { columns, data };
}

/** A past of any length. */
function cacheShapes({ kvHeads, width }: AttentionSpec) {
  return { keys: [BATCH, kvHeads, width, "?"], values: [BATCH, kvHeads, "?", width] };
}

/** One step over a fed cache, as a graph. */
function stepOf(heads: AttentionSpec): Graph {
  const { kvHeads, width } = heads;
  const graph = new Graph("step");
  const shapes = cacheShapes(heads);
  const past = {
    keys: graph.input("past keys", "float32", shapes.keys),
    values: graph.input("past values", "float32", shapes.values),
  };
  const rows = graph.constant({ dtype: "int64", shape: [1, BATCH], data: [0, 1] });
  const step = decodeStep({ batch: BATCH, past: [past], rows });
  const input = (name: string, columns: number) => graph.input(name, "float32", [BATCH, columns]);
  const attended = step.frame(0).attend({
    queries: input("queries", heads.heads * width),
    keys: input("keys", kvHeads * width),
    values: input("values", kvHeads * width),
  }, heads);
  assert.equal(describe(attended), `float32[${BATCH}, ${heads.heads * width}]`);
  graph.output("attended", attended);
  graph.output("next keys", step.caches[0]!.keys);
  graph.output("next values", step.caches[0]!.values);
  return graph;
}

const kinds: readonly AttentionSpec[] = [
  { heads: 4, kvHeads: 4, width: 2, scale: 0.7 },
  { heads: 4, kvHeads: 2, width: 3, scale: 1 / Math.sqrt(3) },
  { heads: 3, kvHeads: 1, width: 2, scale: 2 },
];

for (const [name, heads] of kinds.flatMap(kindsOf)) {
  Deno.test(`each decoded token attends to all tokens before it and to itself: ${name}`, async () => {
    const turns = 4;
    const [all, shared] = [heads.heads * heads.width, heads.kvHeads * heads.width];
    // Row `turn * BATCH + sequence`.
    const queries = matrix(turns * BATCH, all, 1);
    const keys = matrix(turns * BATCH, shared, 2);
    const values = matrix(turns * BATCH, shared, 3);
    const graph = stepOf(heads);
    const { kvHeads, width } = heads;
    let past: { keys: Plain; values: Plain } = {
      keys: { dims: [BATCH, kvHeads, width, 0], data: [] },
      values: { dims: [BATCH, kvHeads, 0, width], data: [] },
    };
    for (let turn = 0; turn < turns; turn++) {
      const row = ({ columns, data }: Matrix): Plain => {
        const size = BATCH * columns;
        return {
          dims: [BATCH, columns],
          data: Array.from(data).slice(turn * size, (turn + 1) * size),
        };
      };
      const found = await runGraph(graph, {
        "queries": row(queries),
        "keys": row(keys),
        "values": row(values),
        "past keys": past.keys,
        "past values": past.values,
      });
      const expected = Array.from({ length: BATCH }, (_, i) => {
        const sequence = Array.from({ length: turn + 1 }, (_, past) => past * BATCH + i);
        const place = { sequence, position: turn };
        return plainAttention({ queries, keys, values }, heads, place).output;
      });
      assertNear(found["attended"]!, { dims: [BATCH, all], data: expected.flat() });
      past = { keys: found["next keys"]!, values: found["next values"]! };
      assert.deepEqual(past.keys.dims, [BATCH, kvHeads, width, turn + 1]);
      assert.deepEqual(past.values.dims, [BATCH, kvHeads, turn + 1, width]);
    }
  });
}

Deno.test("a row is a sequence, in every layer, and each layer keeps its own past", () => {
  const graph = new Graph("case");
  const [heads] = kinds;
  const shapes = cacheShapes(heads!);
  const cache = (layer: number) => ({
    keys: graph.input(`keys ${layer}`, "float32", shapes.keys),
    values: graph.input(`values ${layer}`, "float32", shapes.values),
  });
  const rows = graph.constant({ dtype: "int64", shape: [1, BATCH], data: [0, 1] });
  const step = decodeStep({ batch: BATCH, past: [cache(0), cache(1)], rows });
  const x = graph.input("x", "float32", [BATCH, 8]);
  for (const layer of [1, 0]) {
    const frame = step.frame(layer);
    assert.equal(frame.select(x), x);
    assert.deepEqual([frame.rowTokens(), frame.keyTokens()], [rows, rows]);
    frame.attend({ queries: x, keys: x, values: x }, heads!);
  }
  assert.equal(step.caches.length, 2, "by layer, in whatever order they attend");
  assert.notEqual(step.caches[0]!.keys, step.caches[1]!.keys);
  assert.throws(
    () => step.frame(2).attend({ queries: x, keys: x, values: x }, heads!),
    { name: "RangeError", message: /the layer has no cache: received layer 2 of 2$/ },
  );
});

for (const [name, heads] of kinds.flatMap(kindsOf)) {
  Deno.test(`prefill reads all sequences at once and leaves caches to decode from: ${name}`, async () => {
    const LENGTH = 3;
    const [all, shared] = [heads.heads * heads.width, heads.kvHeads * heads.width];
    // Row `sequence * LENGTH + position`.
    const queries = matrix(BATCH * LENGTH, all, 1);
    const keys = matrix(BATCH * LENGTH, shared, 2);
    const values = matrix(BATCH * LENGTH, shared, 3);
    const graph = new Graph("prefill");
    const length = { name: "length", value: graph.input("length", "int64", []) };
    const tokens = paddedBatch(graph, { batch: BATCH, length });
    const step = prefill({ batch: BATCH, padded: tokens, length, layers: 2 });
    const input = (name: string, columns: number) =>
      graph.input(name, "float32", ["tokens", columns]);
    const projections = {
      queries: input("queries", all),
      keys: input("keys", shared),
      values: input("values", shared),
    };
    const [inner, last] = [step.frame(0), step.frame(1)];
    graph.output("inner", inner.attend(projections, heads));
    const selected = { ...projections, queries: last.select(projections.queries) };
    graph.output("last", last.attend(selected, heads));
    graph.output("rows", last.rowTokens());
    for (const [layer, { keys, values }] of step.caches.entries()) {
      graph.output(`keys ${layer}`, keys);
      graph.output(`values ${layer}`, values);
    }
    const unread = graph.inputs.slice(1, 3); // what a trunk would read: ids and positions
    for (const value of unread) graph.output(`${value.label} too`, value);
    const plain = ({ columns, data }: Matrix): Plain => ({
      dims: [BATCH * LENGTH, columns],
      data: Array.from(data),
    });
    const counted = Array.from({ length: BATCH * LENGTH }, (_, i) => i);
    const int32: Plain = { dims: [BATCH * LENGTH], data: counted, dtype: "int32" };
    const found = await runGraph(graph, {
      length: { dims: [], data: [LENGTH], dtype: "int64" },
      ids: int32,
      positions: int32,
      queries: plain(queries),
      keys: plain(keys),
      values: plain(values),
    });
    const expected = counted.map((query) => {
      const start = query - query % LENGTH;
      const sequence = Array.from({ length: LENGTH }, (_, i) => start + i);
      const place = { sequence, position: query - start };
      return plainAttention({ queries, keys, values }, heads, place).output;
    });
    assertNear(found["inner"]!, { dims: [BATCH * LENGTH, all], data: expected.flat() });
    const ends = [LENGTH - 1, 2 * LENGTH - 1];
    assert.deepEqual(found["rows"]!.data, ends);
    assertNear(found["last"]!, {
      dims: [BATCH, all],
      data: ends.flatMap((end) => [...expected[end]!]),
    });
    assert.deepEqual(found["keys 0"]!.dims, [BATCH, heads.kvHeads, heads.width, LENGTH]);
    assert.deepEqual(found["values 1"]!.dims, [BATCH, heads.kvHeads, LENGTH, heads.width]);
    assert.deepEqual(found["keys 0"]!.data, found["keys 1"]!.data);
    assert.equal(found["values 0"]!.data[0], Math.fround(values.data[0]!));
  });
}
