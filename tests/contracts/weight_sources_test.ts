/**
 * The contract of weight sources, over the three there are: the files of a checkpoint, those of a derived
 * checkpoint, and what is fed. Each gives one value per name, the products of plain matrices and an account
 * of every tensor, and refuses by name what does not fit.
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { fedWeights } from "../../src/layers/fed_weights.ts";
import type { LinearShape } from "../../src/layers/linear.ts";
import type { WeightSource } from "../../src/layers/parameters.ts";
import { storedWeights } from "../../src/layers/stored_weights.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add } from "../../src/onnx/ops.ts";
import { deriveCheckpoint } from "../../src/weights/derived.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { toFloat16 } from "../../src/weights/to_float16.ts";
import { temporaryDirectory, type TestTensor, writeCheckpoint } from "../support/checkpoint.ts";
import { assertNear, type Plain, plain, runGraph } from "../onnx/run_graph.ts";

/** A source over some tensors, for one graph. */
interface Opened extends AsyncDisposable {
  readonly source: WeightSource;
  /** The names of the tensors that were taken. */
  taken(): readonly string[];
  /** What a run has to be given beside its own inputs. */
  readonly feeds: Readonly<Record<string, Plain>>;
}

/** A kind of source. */
interface Kind {
  readonly name: string;
  /** Whether it knows which tensors there are. What is fed is not known before the run. */
  readonly listed: boolean;
  open(graph: Graph, tensors: readonly TestTensor[]): Promise<Opened>;
}

/** Files, perhaps converted to float16 first. */
async function openStored(
  graph: Graph,
  tensors: readonly TestTensor[],
  converts: boolean,
): Promise<Opened> {
  const directory = await temporaryDirectory();
  await writeCheckpoint(directory.path, tensors);
  const own = await openCheckpoint(directory.path);
  const half = toFloat16(new Set(own.tensors.keys()));
  const { checkpoint } = converts
    ? await deriveCheckpoint(own, half, join(directory.path, "cache"))
    : { checkpoint: own };
  const ledger = new Ledger(checkpoint);
  return {
    source: storedWeights(graph, ledger, "float32"),
    feeds: {},
    taken() {
      ledger.settle();
      return ledger.taken.map(({ name }) => name);
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}

const kinds: readonly Kind[] = [
  { name: "stored", listed: true, open: (graph, tensors) => openStored(graph, tensors, false) },
  {
    name: "stored over a derived checkpoint",
    listed: true,
    open: (graph, tensors) => openStored(graph, tensors, true),
  },
  {
    name: "fed",
    listed: false,
    open(graph, tensors) {
      const source = fedWeights(graph);
      const feeds = tensors.map(({ name, shape: dims, data }) =>
        [name, { dims, data: Array.from(data) }] as const
      );
      return Promise.resolve({
        source,
        feeds: Object.fromEntries(feeds),
        taken: () => [...source.taken.keys()],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  },
];

// Small integers and halves, which float16 holds, so that every kind has to give the very same numbers.
const weight = [[1, 2, 3], [-1, 0, 2], [4, -2, 1.5], [0, 3, -3], [2, 2, 5], [-4, 0.5, 0]]; // [outputs, inputs]
const bias = [10, -10, 20, -20, 30, -30];
const x = [[1, 1, 1], [0, 2, -1]];

const transposed = [0, 1, 2].map((input) => weight.map((row) => row[input]!));
const weights = {
  "out-in": { name: "part.weight", shape: [6, 3], data: weight.flat() },
  "in-out": { name: "part.weight", shape: [3, 6], data: transposed.flat() },
} as const;
const shift: TestTensor = { name: "part.bias", shape: [6], data: bias };

/** Parts of a fused projection, and the outputs that each of them is. */
const ranges = [
  { what: "all outputs", range: undefined, outputs: [0, 1, 2, 3, 4, 5] },
  { what: "the second of three parts", range: { of: 6, start: 2 }, outputs: [2, 3] },
  { what: "the last of every three", range: { of: 6, start: 2, every: 3 }, outputs: [2, 5] },
] as const;

/** `x @ weight.T + bias`, some columns of it. */
function product(outputs: readonly number[], biased: boolean): number[][] {
  return x.map((row) =>
    outputs.map((output) => {
      const sum = weight[output]!.reduce((total, each, i) => total + each * row[i]!, 0);
      return biased ? sum + bias[output]! : sum;
    })
  );
}

for (const { name, listed, open } of kinds) {
  for (const layout of ["out-in", "in-out"] as const) {
    for (const { what, range, outputs } of ranges) {
      for (const biased of [true, false]) {
        const how = `${layout}, ${biased ? "with" : "without"} a bias`;
        Deno.test(`${name}: ${what}, ${how}, are a plain product, and every tensor is accounted for`, async () => {
          const graph = new Graph("case");
          const tensors = biased ? [weights[layout], shift] : [weights[layout]];
          await using opened = await open(graph, tensors);
          const shape: LinearShape = {
            inputs: 3,
            outputs: outputs.length,
            bias: biased,
            layout,
            ...(range === undefined ? {} : { range }),
          };
          const input = graph.input("x", "float32", ["tokens", 3]);
          graph.output("y", opened.source.linear(input, "part", shape));
          const { y } = await runGraph(graph, { ...opened.feeds, x: plain(x) });
          assertNear(y!, plain(product(outputs, biased)), { tolerance: 0 });
          assert.deepEqual(opened.taken(), tensors.map((each) => each.name));
        });
      }
    }
  }

  Deno.test(`${name}: a tensor that is taken twice is one value, also by a layer`, async () => {
    const graph = new Graph("case");
    await using opened = await open(graph, [weights["out-in"]]);
    const { source, feeds, taken } = opened;
    assert.ok(source.has("part.weight"));
    const first = source.take("part.weight", [6, 3]);
    assert.equal(source.take("part.weight", [6, 3]), first);
    const input = graph.input("x", "float32", ["tokens", 3]);
    const shape = { inputs: 3, outputs: 6, bias: false };
    graph.output("table", first);
    graph.output("y", source.linear(input, "part", shape));
    assert.equal(graph.weights.size + graph.inputs.length, 2, "x and the tensor");
    const { table } = await runGraph(graph, { ...feeds, x: plain(x) });
    assertNear(table!, plain(weight), { tolerance: 0 });
    assert.deepEqual(taken(), ["part.weight"]);
  });

  Deno.test(`${name}: a tensor is given in the type that is asked for`, async () => {
    const graph = new Graph("case");
    await using opened = await open(graph, [shift]);
    const half = opened.source.take("part.bias", [6], "float16");
    assert.deepEqual([half.dtype, half.shape], ["float16", [6]]);
    graph.output("half", half);
    graph.output("whole", opened.source.take("part.bias", [6]));
    const found = await runGraph(graph, opened.feeds);
    assertNear(found["half"]!, plain(bias, "float16"), { tolerance: 0 });
    assertNear(found["whole"]!, plain(bias), { tolerance: 0 });
  });

  Deno.test(`${name}: a misshapen tensor is refused by name`, async () => {
    const graph = new Graph("case");
    await using opened = await open(graph, [weights["out-in"], shift]);
    const { source } = opened;
    const input = graph.input("x", "float32", ["tokens", 3]);
    source.take("part.weight", [6, 3]);
    assert.throws(() => source.take("part.weight", [3, 6]), /"part\.weight".*\[3, 6\]/);
    const other = { inputs: 3, outputs: 6, bias: false, layout: "in-out" } as const;
    assert.throws(() => source.linear(input, "part", other), /"part\.weight".*\[3, 6\]/);
  });

  Deno.test(`${name}: a tensor that is not there is ${listed ? "refused by name" : "to be fed"}`, async () => {
    const graph = new Graph("case");
    await using opened = await open(graph, [weights["out-in"]]);
    const { source } = opened;
    const input = graph.input("x", "float32", ["tokens", 3]);
    const layer = () => source.linear(input, "part", { inputs: 3, outputs: 6, bias: true });
    assert.equal(source.has("part.bias"), !listed);
    if (listed) {
      const missing = { kind: "bad_model", message: /"part\.bias" of shape \[6\] is missing/ };
      assert.throws(() => source.take("part.bias", [6]), missing);
      assert.throws(layer, missing);
      return;
    }
    graph.output("y", layer());
    const feeds = { ...opened.feeds, x: plain(x) };
    await assert.rejects(runGraph(graph, feeds), /part\.bias/, "the run names what it lacks");
  });

  Deno.test(`${name}: a tensor that nothing takes is ${listed ? "refused by name" : "no input"}`, async () => {
    const graph = new Graph("case");
    await using opened = await open(graph, [weights["out-in"], shift]);
    opened.source.take("part.weight", [6, 3]);
    if (listed) {
      assert.throws(opened.taken, {
        kind: "bad_model",
        message: /no use for a tensor: .*"part\.bias"/,
      });
    } else assert.deepEqual(opened.taken(), ["part.weight"]);
  });
}

/**
 * A source with low-rank adapters (LoRA, arXiv 2106.09685, equation 3): what they need of the contract is
 * one method, and a part of a fused projection is the same part of the adapter.
 */
function adapted(base: WeightSource): WeightSource {
  return {
    ...base,
    linear(x, name, shape) {
      const down = { inputs: shape.inputs, outputs: 1, bias: false };
      const up = { ...shape, inputs: 1, bias: false };
      const low = base.linear(x, `${name}.lora_A`, down);
      return add(base.linear(x, name, shape), base.linear(low, `${name}.lora_B`, up));
    },
  };
}

for (const { name, open } of kinds) {
  Deno.test(`${name}: adapters are added by a source around it`, async () => {
    const down = [1, -1, 2]; // [1, inputs]
    const up = [1, 2, 3, 4, 5, 6]; // [outputs, 1]
    const tensors = [
      weights["out-in"],
      { name: "part.lora_A.weight", shape: [1, 3], data: down },
      { name: "part.lora_B.weight", shape: [6, 1], data: up },
    ];
    for (const { range, outputs } of ranges) {
      const graph = new Graph("case");
      await using opened = await open(graph, tensors);
      const shape = { inputs: 3, outputs: outputs.length, bias: false };
      const input = graph.input("x", "float32", ["tokens", 3]);
      const whole = range === undefined ? shape : { ...shape, range };
      graph.output("y", adapted(opened.source).linear(input, "part", whole));
      const { y } = await runGraph(graph, { ...opened.feeds, x: plain(x) });
      const lows = x.map((row) => row.reduce((sum, each, i) => sum + each * down[i]!, 0));
      const expected = product(outputs, false).map((row, i) =>
        row.map((each, j) => each + lows[i]! * up[outputs[j]!]!)
      );
      assertNear(y!, plain(expected), { tolerance: 0 });
      assert.equal(opened.taken().length, 3);
    }
  });
}
