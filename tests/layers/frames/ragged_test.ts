import assert from "node:assert/strict";
import { raggedBatch } from "../../../src/layers/frames/ragged.ts";
import type { AttentionSpec } from "../../../src/layers/attention.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { assertNear, type Plain, runGraph } from "../../onnx/run_graph.ts";
import { kindsOf, type Matrix, plainAttention } from "./reference_attention.ts";

const [BATCH, LENGTH] = [4, 5];
/** Tokens of each sequence: one alone, one that fills its room; the last place of the batch is empty. */
const lengths = [3, 1, 5];
const starts = [0, 3, 4];
const TOKENS = 9;

const whole = (data: readonly number[]): Plain => ({ dims: [data.length], data, dtype: "int32" });

/** Where tokens and places of the dense layout belong together; what fills up is token `filler`. */
function layout(filler: number): Record<string, Plain> {
  const slots = Array(BATCH * LENGTH).fill(filler);
  const places = lengths.flatMap((length, i) => {
    return Array.from({ length }, (_, position) => i * LENGTH + position);
  });
  places.forEach((place, token) => slots[place] = token);
  return { slots: whole(slots), places: whole(places) };
}

/** Numbers between -2 and 2 that are all different, a row per token. */
function matrix(columns: number, seed: number): Matrix {
  const data = Array.from({ length: TOKENS * columns }, (_, i) => 2 * Math.sin(seed + i * 1.7));
  return { columns, data };
}

const kinds: readonly AttentionSpec[] = [
  { heads: 4, kvHeads: 4, width: 2, scale: 0.7 },
  { heads: 4, kvHeads: 2, width: 3, scale: 1 / Math.sqrt(3) },
];

for (const [name, heads] of kinds.flatMap(kindsOf)) {
  Deno.test(`tokens see their own past alone, whatever fills the batch up: ${name}`, async () => {
    const [all, shared] = [heads.heads * heads.width, heads.kvHeads * heads.width];
    const parts = { queries: matrix(all, 1), keys: matrix(shared, 2), values: matrix(shared, 3) };
    const graph = new Graph("case");
    const batch = raggedBatch(graph, { batch: BATCH, length: LENGTH });
    const input = (name: keyof typeof parts) =>
      graph.input(name, "float32", ["tokens", parts[name].columns]);
    const projections = { queries: input("queries"), keys: input("keys"), values: input("values") };
    const attended = batch.frame.attend(projections, heads);
    assert.equal(describe(attended), `float32[tokens, ${all}]`);
    graph.output("attended", attended);
    graph.output("mean", batch.meanAttention(projections, heads));
    for (const read of [batch.ids, batch.positions]) graph.output(`${read.label} out`, read);
    const fed = Object.entries(parts).map(([name, { columns, data }]): [string, Plain] => {
      return [name, { dims: [TOKENS, columns], data: Array.from(data) }];
    });
    const expected = lengths.flatMap((length, i) =>
      Array.from({ length }, (_, position) => {
        const sequence = Array.from({ length }, (_, key) => starts[i]! + key);
        return plainAttention(parts, heads, { sequence, position });
      })
    );
    for (const filler of [0, TOKENS - 1]) {
      const found = await runGraph(graph, {
        ...Object.fromEntries(fed),
        ...layout(filler),
        ids: whole(Array(TOKENS).fill(0)),
        positions: whole(Array(TOKENS).fill(0)),
      });
      assertNear(found["attended"]!, {
        dims: [TOKENS, all],
        data: expected.flatMap(({ output }) => output),
      });
      const { dims, data } = found["mean"]!;
      assert.deepEqual(dims, [BATCH, LENGTH, LENGTH]);
      layout(filler)["places"]!.data.forEach((place, token) => {
        const { weights } = expected[token]!;
        const row = [...weights, ...Array(LENGTH - weights.length).fill(0)];
        const own = data.slice(place * LENGTH, (place + 1) * LENGTH);
        assertNear({ dims: [LENGTH], data: own }, { dims: [LENGTH], data: row });
      });
    }
  });
}

Deno.test("every token is a row of every layer, and lengths are declared where somebody asks", () => {
  const graph = new Graph("case");
  const { frame, lengths } = raggedBatch(graph, { batch: BATCH, length: LENGTH });
  const ids = graph.inputs[0]!;
  assert.equal(frame.select(ids), ids);
  assert.equal(frame.rowTokens(), frame.keyTokens());
  assert.equal(describe(frame.rowTokens()), "int64[1, tokens]");
  assert.ok(!graph.inputs.some(({ label }) => label === "lengths"));
  assert.equal(describe(lengths()), "int32[tokens]");
  assert.equal(lengths(), lengths());
});
