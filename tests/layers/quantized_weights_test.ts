/** Products in int8 against the same sums written out, whatever way the weight is stored. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { LinearShape } from "../../src/layers/linear.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { deriveCheckpoint } from "../../src/weights/derived.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { type LinearWeight, quantizedWeight } from "../../src/weights/quantized_weight.ts";
import { toInt8 } from "../../src/weights/to_int8.ts";
import { rotate, rotatedBlock } from "../../src/weights/rotation.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import { temporaryDirectory, writeCheckpoint } from "../support/checkpoint.ts";

/** Two blocks of four, which are rotated. */
const INPUTS = 8;
const shapes: readonly LinearShape[] = [
  { inputs: INPUTS, outputs: 6, bias: true },
  { inputs: INPUTS, outputs: 6, bias: false, layout: "in-out" },
  { inputs: INPUTS, outputs: 2, bias: true, range: { of: 6, start: 3 } },
  { inputs: INPUTS, outputs: 4, bias: true, range: { of: 6, start: 1, every: 3 } },
];

/** The outputs of the stored tensors that a shape takes. */
function taken({ outputs, range }: LinearShape): number[] {
  const { of, start, every = of } = range ?? { of: outputs, start: 0 };
  const each = outputs * every / of;
  return Array.from({ length: of }, (_, i) => i).filter((i) =>
    i % every >= start && i % every < start + each
  );
}

/** A row, or the inputs of an output, as they are rounded. */
function turned(numbers: readonly number[]): number[] {
  const made = Float32Array.from(numbers);
  const block = rotatedBlock(INPUTS)!;
  for (let at = 0; at < INPUTS; at += block) rotate(made.subarray(at, at + block));
  return [...made];
}

/** What the largest two neighbours add to a sum of one sign. */
function largestPair(column: readonly number[]): number {
  const pairs = column.map((a, i) => {
    const b = i % 2 === 0 ? column[i + 1]! : 0;
    return a * b > 0 ? Math.abs(a + b) : Math.max(Math.abs(a), Math.abs(b));
  });
  return Math.max(...pairs);
}

/** The product as quantisation defines it, in float64. */
function expected(
  given: readonly number[],
  { weight, bias, shape }: {
    weight: (output: number) => number[];
    bias: number[];
    shape: LinearShape;
  },
): number[] {
  const row = turned(given);
  const scale = Math.max(1e-30, ...row.map(Math.abs)) / 127;
  return taken(shape).map((output) => {
    const column = turned(weight(output));
    const own = largestPair(column) / 127 || 1;
    const sum = row.reduce(
      (sum, x, i) => sum + Math.round(x / scale) * Math.round(column[i]! / own),
      0,
    );
    return sum * scale * own + (shape.bias ? bias[output]! : 0);
  });
}

/** Whether no number of a row is so near the middle of two whole ones that float32 may round it otherwise. */
function isClear(given: readonly number[]): boolean {
  const row = turned(given);
  const scale = Math.max(1e-30, ...row.map(Math.abs)) / 127;
  return row.every((x) => Math.abs(Math.abs(x / scale % 1) - 0.5) > 1e-3);
}

Deno.test("a product in int8 is that of rounded rows with rounded outputs", async () => {
  await using runtime = await openRuntime({ device: "cpu", threads: 1 });
  await using place = await temporaryDirectory();
  const numbers = Array.from(
    { length: 6 * INPUTS },
    (_, i) => Math.sin(7 * i + 1) * (i % 6 === 2 ? 0 : 1 + i),
  );
  const bias = Array.from({ length: 6 }, (_, i) => i - 2.5);
  for (const [k, shape] of shapes.entries()) {
    const { layout = "out-in", range, outputs } = shape;
    const stored = range?.of ?? outputs;
    const directory = `${place.path}/${k}`;
    await Deno.mkdir(directory);
    await writeCheckpoint(directory, [
      {
        name: "a.weight",
        shape: layout === "out-in" ? [stored, INPUTS] : [INPUTS, stored],
        data: numbers,
      },
      { name: "a.bias", shape: [stored], data: bias },
    ]);
    const checkpoint = await openCheckpoint(directory);
    const weights = new Map<string, LinearWeight>([
      ["a.weight", { inputs: INPUTS, outputs: stored, layout }],
    ]);
    const { checkpoint: int8 } = await deriveCheckpoint(
      checkpoint,
      toInt8(weights),
      `${directory}/cache`,
    );
    const plain = new Ledger(checkpoint);
    const graph = new Graph("case");
    const source = storedWeights(graph, {
      take: (name, shape) => plain.take(name, shape),
      has: (name) => plain.has(name),
      ignore: () => {},
      settle: () => {},
      quantized: (name, weight) => quantizedWeight(int8, `${name}.weight`, weight),
    }, "float32");
    graph.output("y", source.linear(graph.input("x", "float32", ["rows", INPUTS]), "a", shape));
    await runtime.load(`${k}`, graph);
    const weight = (output: number) =>
      Array.from(
        { length: INPUTS },
        (_, input) =>
          Math.fround(
            numbers[layout === "out-in" ? output * INPUTS + input : input * stored + output]!,
          ),
      );
    const row = fc.array(fc.float({ min: -1e4, max: 1e4, noNaN: true }), {
      minLength: INPUTS,
      maxLength: INPUTS,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 5 }), async (drawn) => {
        const rows = drawn.filter(isClear);
        fc.pre(rows.length > 0);
        const feed = { data: Float32Array.from(rows.flat()), dims: [rows.length, INPUTS] };
        const { outputs: { y } } = await runtime.run(`${k}`, { x: feed });
        const wanted = rows.flatMap((row) => expected(row, { weight, bias, shape }));
        assert.equal(y!.data.length, wanted.length);
        const largest = Math.max(...rows.flat().map(Math.abs));
        const near = 1e-5 * 6 * INPUTS * INPUTS * largest + 1e-4;
        wanted.forEach((each, i) => {
          assert.ok(Math.abs(Number(y!.data[i]) - each) <= near, `${y!.data[i]} for ${each}`);
        });
      }),
      { numRuns: 25 },
    );
    const poisoned = Float32Array.of(1, 2, NaN, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8);
    const { outputs: { y } } = await runtime.run(`${k}`, {
      x: { data: poisoned, dims: [2, INPUTS] },
    });
    const half = y!.data.length / 2;
    assert.ok([...y!.data].slice(0, half).every((each) => Number.isNaN(Number(each))));
    assert.ok([...y!.data].slice(half).every((each) => Number.isFinite(Number(each))));
  }
});
