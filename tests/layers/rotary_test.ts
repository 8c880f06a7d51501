import assert from "node:assert/strict";
import fc from "fast-check";
import { neoxRotaryNames, type RotaryNames } from "../../src/architectures/field_names.ts";
import { rotaryOf } from "../../src/architectures/rotary_configuration.ts";
import type { LayerType, RotaryConfig } from "../../src/architectures/rotary_settings.ts";
import { rotaryTables, rotate } from "../../src/layers/rotary.ts";
import { frequencySets, type Rotary, sharingLimit } from "../../src/layers/rotary_frequencies.ts";
import { Graph } from "../../src/onnx/graph.ts";
import golden from "../golden/rotary.json" with { type: "json" };
import { assertNear, type Plain, runGraph } from "../onnx/run_graph.ts";

interface GoldenCase {
  readonly name: string;
  readonly family: string;
  readonly config: RotaryConfig;
  readonly width: number;
  readonly length: number;
  /** The kind of layer, of families with two kinds. */
  readonly layers: LayerType | null;
  readonly frequencies: readonly number[];
  readonly attention_factor: number;
  readonly positions: readonly number[];
  readonly cos: readonly (readonly number[])[];
  readonly sin: readonly (readonly number[])[];
}

const cases = golden.cases as unknown as GoldenCase[];
const int32 = (data: readonly number[]): Plain => ({ dims: [data.length], data, dtype: "int32" });

/** The part of a head that turns, for families whose config.json may leave it out. */
const parts: Readonly<Record<string, { part?: number; names?: RotaryNames }>> = {
  gpt_neox: { part: 0.25, names: neoxRotaryNames },
  phi3: { part: 1 },
};

function rotaryOfCase({ family, config, width, layers }: GoldenCase): Rotary {
  return rotaryOf(config, { width, ...parts[family], ...(layers === null ? {} : { layers }) });
}

/** All columns of heads of that width turn, in halves. */
function plain(rotated: number, given: Partial<Rotary> = {}): Rotary {
  const scaling = { kind: "default" } as const;
  const rest = { interleaved: false, context: 1024, scaling, attentionFactor: 1 };
  return { rotated, base: 10_000, ...rest, ...given };
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
  const { name, positions, length } = each;
  const rotary = rotaryOfCase(each);

  Deno.test(`angles are those of transformers: ${name}`, async () => {
    const graph = tablesGraph(rotary);
    const varying = sharingLimit(rotary) !== Infinity;
    assert.deepEqual(
      graph.inputs.map(({ label }) => label),
      varying ? ["positions", "lengths"] : ["positions"],
      "lengths are an input only where angles depend on them",
    );
    const lengths = varying ? { lengths: int32(positions.map(() => length)) } : {};
    const found = await runGraph(graph, { positions: int32(positions), ...lengths });
    const dims = [positions.length, each.frequencies.length];
    // transformers multiplies position and frequency in float32: 600 * 2^-24 of a radian.
    const tolerance = { tolerance: 1e-4 };
    assertNear(found["cos"]!, { dims, data: each.cos.flat() }, { ...tolerance, what: "cos" });
    assertNear(found["sin"]!, { dims, data: each.sin.flat() }, { ...tolerance, what: "sin" });
  });

  Deno.test(`frequencies and attention factor are those of transformers: ${name}`, () => {
    const off = Math.abs(rotary.attentionFactor - each.attention_factor);
    assert.ok(off < 1e-12, `${rotary.attentionFactor}, not ${each.attention_factor}`);
    if (rotary.scaling.kind === "dynamic") return; // computed in the graph
    const sets = frequencySets(rotary);
    const found = sets[length > sharingLimit(rotary) ? 1 : 0]!;
    assert.equal(found.length, each.frequencies.length);
    found.forEach((frequency, i) => {
      const expected = each.frequencies[i]!;
      assert.ok(Math.abs(frequency - expected) <= 2e-6 * expected, `${frequency}, not ${expected}`);
    });
  });
}

interface Rotation {
  readonly heads: number;
  readonly width: number;
  readonly rotated: number;
  readonly interleaved: boolean;
  readonly positions: readonly number[];
  readonly keys: readonly (readonly number[])[];
  readonly turned: readonly (readonly number[])[];
}

for (const each of golden.rotations as readonly Rotation[]) {
  const { heads, width, rotated, interleaved, positions } = each;
  const pairs = interleaved ? "neighbours, as GPT-J" : "halves, as GPT-NeoX";
  Deno.test(`heads turn as in transformers: ${rotated} of ${width} columns, ${pairs}`, async () => {
    const graph = new Graph("rotation");
    const x = graph.input("x", "float32", ["rows", heads * width]);
    const at = graph.input("at", "int64", [1, "rows"]);
    const tokens = graph.input("positions", "int32", ["tokens"]);
    const lengths = () => graph.input("lengths", "int32", ["tokens"]);
    const tables = rotaryTables({ positions: tokens, lengths }, plain(rotated, { interleaved }));
    graph.output("y", rotate(x, { tables, at, heads }));
    const dims = [positions.length, heads * width];
    const found = await runGraph(graph, {
      x: { dims, data: each.keys.flat() },
      at: { dims: [1, positions.length], data: positions.map((_, i) => i), dtype: "int64" },
      positions: int32(positions),
    });
    assertNear(found["y"]!, { dims, data: each.turned.flat() }, { tolerance: 1e-5 });
  });
}

Deno.test("looked-up angles are exact to float32 over the whole context", async () => {
  const rotary = plain(4, { context: 8192 });
  const positions = [0, 1, 255, 256, 4095, 4096, 8191];
  const found = await runGraph(tablesGraph(rotary), { positions: int32(positions) });
  const angles = positions.flatMap((position) => [position, position / 100]);
  const dims = [positions.length, 2];
  assertNear(found["cos"]!, { dims, data: angles.map(Math.cos) }, { tolerance: 3e-7 });
  assertNear(found["sin"]!, { dims, data: angles.map(Math.sin) }, { tolerance: 3e-7 });
});

Deno.test("a position beyond the context fails rather than answer", async () => {
  const rotary = plain(4, { context: 512 });
  await assert.rejects(
    runGraph(tablesGraph(rotary), { positions: int32([512]) }),
    /indices element out of data bounds/,
  );
});

for (const kind of ["dynamic", "longrope"]) {
  Deno.test(`sequences of one batch get angles each by its own length: ${kind}`, async () => {
    const [within, past] = cases.filter(({ name }) => name.startsWith(`${kind}, `));
    const graph = tablesGraph(rotaryOfCase(within!));
    const both = [within!, past!];
    const positions = both.flatMap((each) => each.positions);
    const lengths = both.flatMap((each) => each.positions.map(() => each.length));
    const found = await runGraph(graph, { positions: int32(positions), lengths: int32(lengths) });
    const dims = [positions.length, 8];
    const data = both.flatMap((each) => each.cos.flat());
    assertNear(found["cos"]!, { dims, data }, { tolerance: 1e-4 });
  });
}

Deno.test("rotated queries and keys meet by their distance alone, as RoPE promises", async () => {
  // Equation 16 of arXiv 2104.09864: the product depends on m - n only.
  const rotary = plain(4, { base: 100 });
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

Deno.test("heads of unknown or broken width are not rotated", () => {
  const graph = new Graph("case");
  const table = graph.input("table", "float32", ["tokens", 2]);
  const tables = { cos: table, sin: table, interleaved: false };
  const at = graph.input("at", "int64", [1, "rows"]);
  const rows = (name: string, width: number | string) =>
    graph.input(name, "float32", ["rows", width]);
  assert.throws(() => rotate(rows("a", "columns"), { tables, at, heads: 2 }), {
    name: "TypeError",
    message: "Cannot rotate heads of unknown width: received float32[rows, columns]",
  });
  assert.throws(() => rotate(rows("b", 10), { tables, at, heads: 3 }), {
    name: "TypeError",
    message: /it cannot rotate 4 columns of each of 3 heads/,
  });
});
