import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { describe } from "../../../src/onnx/value.ts";
import { draw } from "../../../src/ppo/graphs/draw.ts";
import { runGraph } from "../../onnx/run_graph.ts";
import { uniforms } from "../golden_policy.ts";
import { assertDrawnFrom, boundaries, drawnBy, probabilitiesOf } from "./sampling_reference.ts";

const SMALLEST = 0;
const LARGEST = 1 - 2 ** -23;

/** What is drawn from rows of weights. */
async function draws(
  rows: readonly (readonly number[])[],
  uniform: readonly number[],
): Promise<readonly number[]> {
  const graph = new Graph("draw");
  const [count, width] = [rows.length, rows[0]!.length];
  const weights = graph.input("weights", "float32", [count, width]);
  const tokens = draw(weights, graph.input("uniform", "float32", [count, 1]));
  assert.equal(describe(tokens), `int32[${count}, 1]`);
  graph.output("tokens", tokens);
  const results = await runGraph(graph, {
    weights: { dims: [count, width], data: rows.flat() },
    uniform: { dims: [count, 1], data: uniform },
  });
  return results["tokens"]!.data;
}

/** Uneven weights, a third of which are 0. */
function weightsOf(width: number, seed: number): number[] {
  return uniforms(width, seed).map((each) => Math.fround(Math.max(0, each - 1 / 3) ** 2));
}

// Widths that fill their blocks, that do not, and that are one block or one entry.
for (const width of [1, 2, 3, 12, 13, 96, 1000]) {
  Deno.test(`of ${width} entries, every number draws the one that it draws on paper`, async () => {
    const count = 200;
    const rows = Array.from({ length: count }, (_, i) => {
      const row = weightsOf(width, i);
      return row.some((each) => each > 0) ? row : row.fill(1);
    });
    const uniform = uniforms(count, 1234);
    const found = await draws(rows, uniform);
    let compared = 0;
    for (const [i, row] of rows.entries()) {
      const total = row.reduce((sum, each) => sum + each, 0);
      const parts = row.map((each) => each / total);
      assert.ok(row[found[i]!]! > 0, `row ${i} drew an entry of weight 0`);
      // Float32 may round a sum to the other side of a number that is as close as this.
      if (boundaries(parts).some((edge) => Math.abs(edge - uniform[i]!) < 2e-6)) continue;
      assert.equal(found[i], drawnBy(uniform[i]!, parts), `row ${i}`);
      compared++;
    }
    assert.ok(compared > 0.9 * count, "hardly any row is left out");
  });

  Deno.test(`of ${width} entries, the ends of the range draw the outermost that weigh anything`, async () => {
    for (let only = 0; only < width; only += Math.ceil(width / 20)) {
      const row = Array.from({ length: width }, (_, id) => id === only ? 0.3 : 0);
      assert.deepEqual(await draws([row, row], [SMALLEST, LARGEST]), [only, only]);
    }
    const row = weightsOf(width, 77).with(0, 0).with(-1, 0).with(Math.floor(width / 2), 1);
    const found = await draws([row, row], [SMALLEST, LARGEST]);
    const heavy = (each: number) => each > 0;
    assert.deepEqual(found, [row.findIndex(heavy), row.findLastIndex(heavy)]);
  });
}

Deno.test("many draws have the distribution of the weights, whatever these add up to", async () => {
  const probabilities = probabilitiesOf(uniforms(40, 3).map((each) => 6 * each)).with(7, 0);
  const total = probabilities.reduce((sum, each) => sum + each, 0);
  const weights = probabilities.map((each) => 0.01 * each);
  const count = 20_000;
  const found = await draws(Array.from({ length: count }, () => weights), uniforms(count, 4));
  assertDrawnFrom(found, probabilities.map((each) => each / total));
});

Deno.test("a sum that rounding leaves short of its parts' draws no entry of weight 0", async () => {
  const row = [
    ...Array.from({ length: 50_000 }, (_, i) => (1 + i % 7) * 1e-6),
    ...Array(300).fill(0),
  ];
  const found = await draws([row, row], [LARGEST, 1 - 2 ** -12]);
  assert.ok(found.every((each) => each < 50_000), `drew ${found}`);
  assert.ok(found[0]! > 49_900 && found[1]! < found[0]!, `drew ${found}`);
});

Deno.test("what has no known size is a mistake", () => {
  const graph = new Graph("case");
  const uniform = graph.input("uniform", "float32", [2, 1]);
  assert.throws(() => draw(graph.input("wide", "float32", [2, "vocabulary"]), uniform), TypeError);
  assert.throws(() => draw(graph.input("long", "float32", ["rows", 4]), uniform), TypeError);
});
