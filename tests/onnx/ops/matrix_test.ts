import fc from "fast-check";
import { Graph } from "../../../src/onnx/graph.ts";
import {
  gemm,
  layerNormalization,
  matmul,
  rmsNormalization,
  rotaryEmbedding,
} from "../../../src/onnx/ops/matrix.ts";
import { refuses, testOperators } from "../operator_case.ts";
import { assertNear, runGraph } from "../run_graph.ts";

type Matrix = readonly (readonly number[])[];
const a = [[1, 2, 3], [4, 5, 6]];
const b = [[1, -1], [0.5, 2], [-3, 1]];
const turned = (m: Matrix) => (m[0] ?? []).map((_, i) => m.map((row) => row[i]!));
const times = (x: Matrix, y: Matrix) =>
  x.map((row) =>
    turned(y).map((column) => row.reduce((sum, each, i) => sum + each * column[i]!, 0))
  );
const product = times(a, b);

testOperators([
  {
    name: "matmul multiplies matrices",
    feed: { a: { dims: [2, 3], data: a.flat(), as: ["tokens", 3] }, b },
    build: ({ a, b }) => matmul(a!, b!),
    declares: "float32[tokens, 2]",
    gives: product,
  },
  {
    name: "matmul broadcasts outer axes",
    feed: {
      a: {
        dims: [2, 1, 2, 3],
        data: [...a.flat(), ...a.flat().map((x) => -x)],
        as: ["g", 1, "r", 3],
      },
      b: { dims: [2, 3, 2], data: [...b.flat(), ...b.flat().map((x) => 2 * x)], as: ["m", 3, 2] },
    },
    build: ({ a, b }) => matmul(a!, b!),
    declares: "float32[g, m, r, 2]",
    gives: [1, -1].map((sign) =>
      [1, 2].map((factor) => product.map((row) => row.map((each) => sign * factor * each)))
    ),
  },
  {
    name: "matmul over no inner entries is zero",
    feed: { a: { dims: [2, 0], data: [] }, b: { dims: [0, 1], data: [] } },
    build: ({ a, b }) => matmul(a!, b!),
    declares: "float32[2, 1]",
    gives: [[0], [0]],
  },
  {
    name: "gemm multiplies",
    feed: { a, b },
    build: ({ a, b }) => gemm(a!, b!),
    declares: "float32[2, 2]",
    gives: product,
  },
  {
    name: "gemm takes either side transposed",
    feed: { a: turned(a), b: turned(b) },
    build: ({ a, b }) => gemm(a!, b!, { transposeA: true, transposeB: true }),
    declares: "float32[2, 2]",
    gives: product,
  },
  {
    name: "gemm adds a bias to every row, as torch's linear layers do",
    feed: { a: { dims: [2, 3], data: a.flat(), as: ["tokens", 3] }, b: turned(b), c: [10, 20] },
    build: ({ a, b, c }) => gemm(a!, b!, { bias: c, transposeB: true }),
    declares: "float32[tokens, 2]",
    gives: product.map(([x, y]) => [x! + 10, y! + 20]),
  },
]);

const normalised = [[1, 2, 3, 6], [-1, 0, 0, 1]];
const [weight, bias] = [[1, 2, 3, 4], [0.5, 0, 0, -0.5]];
const epsilon = 0.01;

function layerNorm(row: readonly number[], withBias: boolean): number[] {
  const mean = row.reduce((sum, x) => sum + x, 0) / row.length;
  const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / row.length;
  return row.map((x, i) =>
    (x - mean) / Math.sqrt(variance + epsilon) * weight[i]! + (withBias ? bias[i]! : 0)
  );
}

function rmsNorm(row: readonly number[]): number[] {
  const square = row.reduce((sum, x) => sum + x * x, 0) / row.length;
  return row.map((x, i) => x / Math.sqrt(square + epsilon) * weight[i]!);
}

testOperators([
  {
    name: "layer normalisation is centred, scaled and shifted",
    feed: { x: { dims: [2, 4], data: normalised.flat(), as: ["tokens", 4] }, w: weight, b: bias },
    build: ({ x, w, b }) => layerNormalization(x!, w!, { bias: b, epsilon }),
    declares: "float32[tokens, 4]",
    gives: normalised.map((row) => layerNorm(row, true)),
  },
  {
    name: "layer normalisation goes without a bias",
    feed: { x: [normalised], w: weight },
    build: ({ x, w }) => layerNormalization(x!, w!, { epsilon }),
    declares: "float32[1, 2, 4]",
    gives: [normalised.map((row) => layerNorm(row, false))],
  },
  {
    name: "root mean square normalisation is scaled but not centred",
    feed: { x: { dims: [2, 4], data: normalised.flat(), as: ["tokens", 4] }, w: weight },
    build: ({ x, w }) => rmsNormalization(x!, w!, epsilon),
    declares: "float32[tokens, 4]",
    gives: normalised.map(rmsNorm),
  },
]);

/** How a case lays out its heads. */
interface Rotation {
  readonly heads: number;
  readonly width: number;
  readonly rotated: number;
  readonly interleaved: boolean;
}

/** Equation 34 of arXiv 2104.09864; the other column of a pair is a neighbour or half of `rotated` away. */
function turnedHead(
  head: readonly number[],
  angles: readonly number[],
  { rotated, interleaved }: Rotation,
): number[] {
  const half = rotated / 2;
  return head.map((x, i) => {
    if (i >= rotated) return x;
    const first = interleaved ? i % 2 === 0 : i < half;
    const pair = interleaved ? Math.floor(i / 2) : i % half;
    const other = head[i + (interleaved ? 1 : half) * (first ? 1 : -1)]!;
    const [cos, sin] = [Math.cos(angles[pair]!), Math.sin(angles[pair]!)];
    return first ? x * cos - other * sin : x * cos + other * sin;
  });
}

Deno.test("rotary embedding turns the pairs of every head by their tabulated angles", async () => {
  const number = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
  const numbers = (count: number) => fc.array(number, { minLength: count, maxLength: count });
  const arbitrary = fc.record({
    heads: fc.integer({ min: 1, max: 3 }),
    half: fc.integer({ min: 1, max: 9 }),
    beside: fc.nat(20), // columns that do not turn
    interleaved: fc.boolean(),
    rows: fc.array(fc.nat(4), { minLength: 1, maxLength: 5 }),
  }).chain(({ heads, half, beside, interleaved, rows }) => {
    const width = 2 * half + beside;
    return fc.record({
      rotation: fc.constant({ heads, width, rotated: 2 * half, interleaved }),
      rows: fc.constant(rows),
      x: numbers(rows.length * heads * width),
      angles: numbers(5 * half),
    });
  });
  await fc.assert(
    fc.asyncProperty(arbitrary, async ({ rotation, rows, x, angles }) => {
      const { heads, width, rotated, interleaved } = rotation;
      const [columns, half] = [heads * width, rotated / 2];
      const graph = new Graph("rotary");
      const input = graph.input("x", "float32", [1, "tokens", columns]);
      const table = (name: string) => graph.input(name, "float32", ["positions", half]);
      const tables = {
        rows: graph.input("rows", "int64", [1, "tokens"]),
        cos: table("cos"),
        sin: table("sin"),
      };
      const part = rotated === width ? undefined : rotated;
      graph.output("y", rotaryEmbedding(input, tables, { heads, rotated: part, interleaved }));
      const dims = [1, rows.length, columns];
      const found = await runGraph(graph, {
        x: { dims, data: x },
        rows: { dims: [1, rows.length], data: rows, dtype: "int64" },
        cos: { dims: [5, half], data: angles.map(Math.cos) },
        sin: { dims: [5, half], data: angles.map(Math.sin) },
      });
      const expected = rows.flatMap((row, token) =>
        Array.from({ length: heads }, (_, head) => {
          const start = token * columns + head * width;
          const turns = angles.slice(row * half, (row + 1) * half);
          return turnedHead(x.slice(start, start + width), turns, rotation);
        }).flat()
      );
      assertNear(found["y"]!, { dims, data: expected });
    }),
    { numRuns: 60 },
  );
});

Deno.test("matrix products refuse extents that do not meet", () => {
  refuses(
    (graph) => matmul(graph.input("a", "float32", [2, 3]), graph.input("b", "float32", [4, 2])),
    "Cannot apply MatMul as its inner extents differ: received float32[2, 3], float32[4, 2]",
  );
  refuses(
    (graph) => matmul(graph.input("a", "float32", [3]), graph.input("b", "float32", [3, 2])),
    "Cannot apply MatMul as it multiplies matrices: received float32[3], float32[3, 2]",
  );
  refuses(
    (graph) =>
      matmul(graph.input("a", "float32", [2, 2, 3]), graph.input("b", "float32", [3, 3, 2])),
    "Cannot apply MatMul as its outer shapes do not broadcast: received float32[2, 2, 3], float32[3, 3, 2]",
  );
  refuses(
    (graph) => matmul(graph.input("a", "float32", [2, "m"]), graph.input("b", "float32", ["n", 2])),
    "Cannot apply MatMul as its inner extents differ: received float32[2, m], float32[n, 2]",
  );
  refuses(
    (graph) => gemm(graph.input("a", "float32", [2, 3]), graph.input("b", "float32", [2, 3])),
    "Cannot apply Gemm as its inner extents differ: received float32[2, 3], float32[2, 3]",
  );
  refuses(
    (graph) => gemm(graph.input("a", "float32", [1, 2, 3]), graph.input("b", "float32", [3, 3])),
    "Cannot apply Gemm as it multiplies matrices: received float32[1, 2, 3], float32[3, 3]",
  );
  refuses(
    (graph) =>
      gemm(graph.input("a", "float32", [1, 3]), graph.input("b", "float32", [3, 2]), {
        bias: graph.input("bias", "float32", [5, 2]),
      }),
    "Cannot apply Gemm as its bias does not broadcast to the product: received float32[1, 3], float32[3, 2], float32[5, 2]",
  );
  refuses(
    (graph) => gemm(graph.input("a", "float32", [2, 3]), graph.input("b", "float16", [3, 2])),
    "Cannot apply Gemm as its element types differ: received float32[2, 3], float16[3, 2]",
  );
});

Deno.test("normalisations and rotations refuse weights and tables of another extent", () => {
  const x = (graph: Graph) => graph.input("x", "float32", ["tokens", 4]);
  refuses(
    (graph) => rmsNormalization(x(graph), graph.input("w", "float32", [3]), epsilon),
    "Cannot apply SimplifiedLayerNormalization as its weight or bias does not match the last axis: received float32[tokens, 4], float32[3]",
  );
  refuses(
    (graph) =>
      layerNormalization(x(graph), graph.input("w", "float32", [4]), {
        bias: graph.input("b", "float16", [4]),
        epsilon,
      }),
    "Cannot apply LayerNormalization as its weight or bias does not match the last axis: received float32[tokens, 4], float32[4], float16[4]",
  );
  const tables = (graph: Graph, half: number) => ({
    rows: graph.input("rows", "int64", [1, "tokens"]),
    cos: graph.input("cos", "float32", ["tokens", half]),
    sin: graph.input("sin", "float32", ["tokens", half]),
  });
  const batch = (graph: Graph) => graph.input("x", "float32", [1, "tokens", 12]);
  refuses(
    (graph) => rotaryEmbedding(batch(graph), tables(graph, 4), { heads: 2 }),
    "Cannot apply RotaryEmbedding as its tables must hold half of what rotates of each of 2 heads: received float32[1, tokens, 12], int64[1, tokens], float32[tokens, 4], float32[tokens, 4]",
  );
  for (const [rotated, half] of [[4, 3], [8, 4]] as const) {
    const why = rotated === 4
      ? "its tables must hold half of what rotates of each of 2 heads"
      : "it cannot rotate 8 columns of each of 2 heads";
    refuses(
      (graph) => rotaryEmbedding(batch(graph), tables(graph, half), { heads: 2, rotated }),
      `Cannot apply RotaryEmbedding as ${why}: received float32[1, tokens, 12], int64[1, tokens], float32[tokens, ${half}], float32[tokens, ${half}]`,
    );
  }
  refuses(
    (graph) => rotaryEmbedding(x(graph), tables(graph, 2), { heads: 1 }),
    "Cannot apply RotaryEmbedding as it rotates [batch, tokens, columns]: received float32[tokens, 4], int64[1, tokens], float32[tokens, 2], float32[tokens, 2]",
  );
  refuses(
    (graph) => {
      const rows = graph.input("few", "int64", [1, "queries"]);
      return rotaryEmbedding(batch(graph), { ...tables(graph, 3), rows }, { heads: 2 });
    },
    "Cannot apply RotaryEmbedding as its positions must be int64, one per token: received float32[1, tokens, 12], int64[1, queries], float32[tokens, 3], float32[tokens, 3]",
  );
});
