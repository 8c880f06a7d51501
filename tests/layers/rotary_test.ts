import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Rotary,
  type RotaryScaling,
  rotaryTables,
  rotate,
  scaledFrequencies,
} from "../../src/layers/rotary.ts";
import { Graph } from "../../src/onnx/graph.ts";
import golden from "../golden/rotary.json" with { type: "json" };
import { assertNear, type Plain, runGraph } from "../onnx/run_graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string | number>>;
  readonly context: number;
  readonly width: number;
  readonly length: number;
  readonly frequencies: readonly number[];
  readonly positions: readonly number[];
  readonly cos: readonly (readonly number[])[];
  readonly sin: readonly (readonly number[])[];
}

const cases = golden.cases as unknown as GoldenCase[];
const int32 = (data: readonly number[]): Plain => ({ dims: [data.length], data, dtype: "int32" });

function scalingOf({ parameters, context }: GoldenCase): RotaryScaling {
  const number = (name: string) => Number(parameters[name]);
  switch (parameters["rope_type"]) {
    case "linear":
      return { kind: "linear", factor: number("factor") };
    case "dynamic":
      return { kind: "dynamic", factor: number("factor"), originalContext: context };
    case "llama3":
      return {
        kind: "llama3",
        factor: number("factor"),
        lowFrequencyFactor: number("low_freq_factor"),
        highFrequencyFactor: number("high_freq_factor"),
        originalContext: number("original_max_position_embeddings"),
      };
    default:
      return { kind: "default" };
  }
}

function rotaryOf(golden: GoldenCase): Rotary {
  const scaling = scalingOf(golden);
  const { width, context } = golden;
  return { width, context, base: Number(golden.parameters["rope_theta"]), scaling };
}

/** A graph whose outputs are the tables of the tokens it is fed. */
function tablesGraph(rotary: Rotary): Graph {
  const graph = new Graph("tables");
  const tables = rotaryTables({
    positions: graph.input("positions", "int32", ["tokens"]),
    lengths: () => graph.input("lengths", "int32", ["tokens"]),
  }, rotary);
  graph.output("cos", tables.cos);
  graph.output("sin", tables.sin);
  return graph;
}

for (const each of cases) {
  const { name, positions, length, width } = each;
  const rotary = rotaryOf(each);

  Deno.test(`angles are those of transformers: ${name}`, async () => {
    const graph = tablesGraph(rotary);
    const dynamic = rotary.scaling.kind === "dynamic";
    assert.deepEqual(
      graph.inputs.map(({ label }) => label),
      dynamic ? ["positions", "lengths"] : ["positions"],
      "lengths are asked for only where angles depend on them",
    );
    const lengths = dynamic ? { lengths: int32(positions.map(() => length)) } : {};
    const found = await runGraph(graph, { positions: int32(positions), ...lengths });
    const dims = [positions.length, width / 2];
    // transformers multiplies position and frequency in float32: 600 * 2^-24 of a radian.
    const tolerance = { tolerance: 1e-4 };
    assertNear(found["cos"]!, { dims, data: each.cos.flat() }, { ...tolerance, what: "cos" });
    assertNear(found["sin"]!, { dims, data: each.sin.flat() }, { ...tolerance, what: "sin" });
  });

  if (rotary.scaling.kind === "dynamic") continue;
  Deno.test(`frequencies are those of transformers: ${name}`, () => {
    const found = scaledFrequencies(rotary);
    assert.equal(found.length, each.frequencies.length);
    found.forEach((frequency, i) => {
      const expected = each.frequencies[i]!;
      assert.ok(Math.abs(frequency - expected) <= 2e-6 * expected, `${frequency}, not ${expected}`);
    });
  });
}

Deno.test("looked-up angles are exact to float32 over the whole context", async () => {
  const rotary: Rotary = { width: 4, base: 10_000, context: 8192, scaling: { kind: "default" } };
  const positions = [0, 1, 255, 256, 4095, 4096, 8191];
  const found = await runGraph(tablesGraph(rotary), { positions: int32(positions) });
  const angles = positions.flatMap((position) => [position, position / 100]);
  const dims = [positions.length, 2];
  assertNear(found["cos"]!, { dims, data: angles.map(Math.cos) }, { tolerance: 3e-7 });
  assertNear(found["sin"]!, { dims, data: angles.map(Math.sin) }, { tolerance: 3e-7 });
});

Deno.test("a position beyond the context fails rather than answer", async () => {
  const rotary: Rotary = { width: 4, base: 10_000, context: 512, scaling: { kind: "default" } };
  await assert.rejects(
    runGraph(tablesGraph(rotary), { positions: int32([512]) }),
    /indices element out of data bounds/,
  );
});

Deno.test("sequences of one batch are stretched each by its own length", async () => {
  const [within, past] = cases.filter(({ name }) => name.startsWith("dynamic"));
  const graph = tablesGraph(rotaryOf(within!));
  const positions = [...within!.positions, ...past!.positions];
  const lengths = [within!, past!].flatMap(({ positions, length }) => positions.map(() => length));
  const found = await runGraph(graph, { positions: int32(positions), lengths: int32(lengths) });
  const data = [...within!.cos.flat(), ...past!.cos.flat()];
  assertNear(found["cos"]!, { dims: [positions.length, 8], data }, { tolerance: 1e-4 });
});

Deno.test("rotated queries and keys meet by their distance alone, as RoPE promises", async () => {
  // Equation 16 of arXiv 2104.09864: the product depends on m - n only.
  const rotary: Rotary = { width: 4, base: 100, context: 1024, scaling: { kind: "default" } };
  const graph = new Graph("distance");
  const positions = graph.input("positions", "int32", ["tokens"]);
  const lengths = () => graph.input("lengths", "int32", ["tokens"]);
  const tables = rotaryTables({ positions, lengths }, rotary);
  const x = graph.input("x", "float32", ["tokens", 8]);
  const at = graph.input("at", "int64", [1, "tokens"]);
  graph.output("y", rotate(x, { tables, at, heads: 2 }));
  const number = fc.integer({ min: -8, max: 8 }).map((n) => n / 4);
  const vector = fc.array(number, { minLength: 8, maxLength: 8 });
  const dot = (a: readonly number[], b: readonly number[]) =>
    a.reduce((sum, each, i) => sum + each * b[i]!, 0);
  await fc.assert(
    fc.asyncProperty(vector, vector, fc.nat(500), fc.nat(500), async (q, k, m, shift) => {
      const found = await runGraph(graph, {
        positions: int32([m, 3, m + shift, 3 + shift]),
        x: { dims: [4, 8], data: [...q, ...k, ...q, ...k] },
        at: { dims: [1, 4], data: [0, 1, 2, 3], dtype: "int64" },
      });
      const rows = [0, 1, 2, 3].map((row) => found["y"]!.data.slice(8 * row, 8 * row + 8));
      for (const head of [0, 4]) {
        const [here, there] = [[0, 1], [2, 3]].map(([a, b]) =>
          dot(rows[a!]!.slice(head, head + 4), rows[b!]!.slice(head, head + 4))
        );
        assert.ok(Math.abs(here! - there!) < 1e-4);
      }
    }),
    { numRuns: 15 },
  );
});

Deno.test("heads of unknown or uneven width are not rotated", () => {
  const graph = new Graph("case");
  const table = graph.input("table", "float32", ["tokens", 2]);
  const [tables, at] = [{ cos: table, sin: table }, graph.input("at", "int64", [1, "rows"])];
  const rows = (name: string, width: number | string) =>
    graph.input(name, "float32", ["rows", width]);
  assert.throws(() => rotate(rows("a", "columns"), { tables, at, heads: 2 }), {
    name: "TypeError",
    message: "Cannot rotate heads of unknown width: received float32[rows, columns]",
  });
  assert.throws(() => rotate(rows("b", 10), { tables, at, heads: 2 }), {
    name: "TypeError",
    message: /its tables must hold half of what rotates of each of 2 heads/,
  });
});
