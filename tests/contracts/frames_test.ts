/**
 * The contract of frames: a block that is written once gives the same numbers in every frame, which
 * are those of attention written out, whatever the kind of attention and whatever fills a batch up.
 */

import assert from "node:assert/strict";
import type { AttentionSpec } from "../../src/layers/attention.ts";
import { gather, mul, reshape, slice } from "../../src/onnx/ops.ts";
import type { Value } from "../../src/onnx/value.ts";
import type { AttentionKind } from "../../src/tree/window.ts";
import { kindsOf, type Matrix, plainAttention } from "../layers/frames/reference_attention.ts";
import { assertClose } from "../support/golden_model.ts";
import type { BlockCase } from "./frame_block.ts";
import { frames } from "./frames.ts";

/** Two begin alike, one is a single token, one fills its room. */
const sequences = [[1, 2, 3, 4, 5], [1, 2, 6], [7], [1, 2, 3, 8]];

const layouts: readonly AttentionSpec[] = [
  { heads: 4, kvHeads: 4, width: 2, scale: 0.7 },
  { heads: 4, kvHeads: 2, width: 3, scale: 1 / Math.sqrt(3) },
  { heads: 6, kvHeads: 1, width: 2, scale: 1.3 },
  { heads: 4, kvHeads: 2, width: 8, scale: 0.4 }, // the narrowest that fused operators take
];

for (const [name, frame] of Object.entries(frames)) {
  for (const kind of frame.kinds) {
    for (const [attention, spec] of layouts.flatMap(kindsOf)) {
      Deno.test(`${name}: ${attention}, ${kind}, is attention written out`, async () => {
        const expected = writtenOut(spec, kind);
        const found = await frame.run(blockCase(spec, kind));
        assert.ok(found.length >= expected.flat().length, "every token is a row somewhere");
        for (const { sequence, position, numbers, weights } of found) {
          const what = `token ${position} of sequence ${sequence}`;
          const wanted = expected[sequence]![position]!;
          assertClose(numbers, wanted.numbers, { tolerance: 1e-5, what });
          assertClose(weights ?? wanted.weights, wanted.weights, { tolerance: 1e-5, what });
        }
      });
    }
  }
}

/**
 * Queries and keys that are changed by something looked up per token, as rotations do, and plain
 * values.
 */
function blockCase(spec: AttentionSpec, kind: AttentionKind): BlockCase {
  const narrow = spec.kvHeads * spec.width;
  return {
    spec,
    kind,
    sequences,
    inputs: { x: (i, position) => held(spec, i, position), gate: (_, at) => gates(spec, at) },
    projections(frame, { x, gate }) {
      const rows = frame.select(x!);
      const keys = mul(x!, lookedUp(gate!, frame.keyTokens(), x!));
      return {
        queries: mul(rows, lookedUp(gate!, frame.rowTokens(), rows)),
        keys: first(keys, narrow),
        values: first(x!, narrow),
      };
    },
  };
}

/** What `table` holds at tokens, `[1, n]`, in the shape of `like`. */
function lookedUp(table: Value, tokens: Value, like: Value): Value {
  const [rows = 0, columns = 0] = like.shape;
  const extent = typeof rows === "number" ? rows : { rest: rows };
  return reshape(gather(table, tokens), [extent, columns as number]);
}

function first(x: Value, columns: number): Value {
  return slice(x, { axis: -1, start: 0, end: columns });
}

/** The block in plain numbers, by sequence and position. */
function writtenOut(spec: AttentionSpec, kind: AttentionKind) {
  const narrow = spec.kvHeads * spec.width;
  return sequences.map((ids, i) => {
    const places = ids.map((_, position) => position);
    const x = places.map((position) => held(spec, i, position));
    const gated = x.map((row, position) => times(row, gates(spec, position)));
    const parts = {
      queries: matrix(gated),
      keys: matrix(gated.map((row) => row.slice(0, narrow))),
      values: matrix(x.map((row) => row.slice(0, narrow))),
    };
    return places.map((position) => {
      const place = { sequence: places, position, kind };
      const { output, weights } = plainAttention(parts, spec, place);
      return { numbers: output.map((each, column) => each + x[position]![column]!), weights };
    });
  });
}

function matrix(rows: readonly (readonly number[])[]): Matrix {
  return { columns: rows[0]?.length ?? 0, data: rows.flat() };
}

function times(a: readonly number[], b: readonly number[]): number[] {
  return a.map((each, i) => each * b[i]!);
}

/** Numbers between -2 and 2 that depend on the tokens so far, as a model's states do. */
function held({ heads, width }: AttentionSpec, sequence: number, position: number): number[] {
  const seed = sequences[sequence]!.slice(0, position + 1).reduce((sum, id) => 3 * sum + id, 1);
  return Array.from({ length: heads * width }, (_, i) => 2 * Math.sin(seed + 1.7 * i));
}

/** Numbers about 1 that depend on the position, as angles do. */
function gates({ heads, width }: AttentionSpec, position: number): number[] {
  return Array.from({ length: heads * width }, (_, i) => 1 + 0.5 * Math.cos(position + 0.9 * i));
}
