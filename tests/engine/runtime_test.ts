import assert from "node:assert/strict";
import { type Feed, openRuntime, type Runtime } from "../../src/engine/runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, gather, matmul, mul, neg, where } from "../../src/onnx/ops.ts";

const cpu = { device: "cpu", threads: 1 } as const;

function floats(...numbers: number[]): Feed {
  return { data: Float32Array.from(numbers), dims: [numbers.length] };
}

function numbers({ data }: Feed): number[] {
  return Array.from<number | bigint, number>(data, Number);
}

/** `q = p * factor + 1`, and `one`, the number of `q` at `index`; out of bounds it fails, with `q` made. */
function step(extent: number | string, factor = 0.5): Graph {
  const graph = new Graph("step");
  const p = graph.input("p", "float32", [extent]);
  const index = graph.input("index", "int64", [1]);
  const q = add(mul(p, graph.scalar("float32", factor)), graph.scalar("float32", 1));
  graph.output("q", q);
  graph.output("one", gather(q, index));
  return graph;
}

function at(index: number): { index: Feed } {
  return { index: { data: BigInt64Array.of(BigInt(index)), dims: [1] } };
}

const replace = { use: { p: "p" }, keep: { q: "p" } } as const;

/** What float32 arithmetic makes of `p` in so many steps. */
function stepped(p: number, steps: number): number {
  for (let i = 0; i < steps; i++) p = Math.fround(Math.fround(p * 0.5) + 1);
  return p;
}

async function opened(graph: Graph): Promise<Runtime> {
  const runtime = await openRuntime(cpu);
  await runtime.load("step", graph);
  return runtime;
}

Deno.test("a runtime says where it computes, and that all of it is there", async () => {
  await using runtime = await openRuntime(cpu);
  assert.deepEqual([runtime.device, runtime.threads], ["cpu", 1]);
  const warmUp = { p: floats(1, 2), ...at(0) };
  assert.deepEqual(await runtime.load("step", step(2), { warmUp }), { onDevice: 1 });
});

for (const extent of [3, "n"]) {
  Deno.test(`a state of extent ${extent} is replaced from run to run, bit for bit`, async () => {
    await using runtime = await opened(step(extent));
    const start = [5, -3, 0.1];
    await runtime.put("p", floats(...start));
    for (let i = 1; i <= 25; i++) {
      const { outputs } = await runtime.run("step", at(0), replace);
      assert.deepEqual(Object.keys(outputs), ["one"]);
      assert.equal(outputs["one"]!.data[0], stepped(5, i));
      const state = await runtime.get("p");
      assert.deepEqual(state, floats(...start.map((p) => stepped(Math.fround(p), i))));
    }
  });
}

Deno.test("runs need not be awaited: they take effect in the order they are called", async () => {
  await using runtime = await opened(step(1));
  const calls = [
    runtime.put("p", floats(5)),
    ...Array.from({ length: 12 }, () => runtime.run("step", at(0), replace)),
    runtime.get("p"),
  ] as const;
  const results = await Promise.all(calls);
  const ones = results.slice(1, -1).map((each) =>
    (each as Awaited<ReturnType<Runtime["run"]>>).outputs["one"]!.data[0]
  );
  assert.deepEqual(ones, Array.from({ length: 12 }, (_, i) => stepped(5, i + 1)));
  assert.deepEqual(results.at(-1), floats(stepped(5, 12)));
});

Deno.test("a run that fails leaves the states as they were", async () => {
  await using runtime = await opened(step(2));
  await runtime.put("p", floats(4, 8));
  await runtime.run("step", at(0), replace);
  for (let i = 0; i < 3; i++) {
    await assert.rejects(runtime.run("step", at(7), replace), /out of data bounds/);
    assert.deepEqual(numbers(await runtime.get("p")), [3, 5]);
  }
  await runtime.run("step", at(0), replace);
  assert.deepEqual(numbers(await runtime.get("p")), [2.5, 3.5]);
});

Deno.test("views show parts of one flat state, which may be replaced by the same run", async () => {
  const graph = new Graph("parts");
  const [row, matrix] = [graph.input("row", "float32", [2]), graph.input("m", "float32", [2, 2])];
  const flat = graph.input("flat", "float32", [6]);
  graph.output("sum", add(matrix, row));
  graph.output("next", neg(flat));
  await using runtime = await openRuntime(cpu);
  await runtime.load("parts", graph);
  await runtime.put("flat", floats(1, 2, 3, 4, 5, 6));
  const bindings = {
    use: {
      row: { tensor: "flat", offset: 0, dims: [2] },
      m: { tensor: "flat", offset: 2, dims: [2, 2] },
      flat: "flat",
    },
    keep: { next: "flat" },
  };
  const { outputs: first } = await runtime.run("parts", {}, bindings);
  assert.deepEqual(first["sum"], { data: Float32Array.of(4, 6, 6, 8), dims: [2, 2] });
  const { outputs: second } = await runtime.run("parts", {}, bindings);
  assert.deepEqual(numbers(second["sum"]!), [-4, -6, -6, -8]);
});

Deno.test("sessions stand beside each other and share the states", async () => {
  await using runtime = await opened(step(1));
  await runtime.load("third", step(1, 1 / 3));
  await runtime.put("p", floats(6));
  await runtime.run("third", at(0), replace); // 3
  await runtime.run("step", at(0), replace); // 2.5
  assert.deepEqual(numbers(await runtime.get("p")), [2.5]);
  await runtime.load("step", step(1, 2)); // in place of the other
  const { outputs } = await runtime.run("step", at(0), { use: { p: "p" } });
  assert.deepEqual(numbers(outputs["q"]!), [6]);
});

Deno.test("a persistent tensor that a graph passes through unchanged stays persistent", async () => {
  const graph = new Graph("through");
  const p = graph.input("p", "float32", ["n"]);
  graph.output("p out", p);
  graph.output("p next", p);
  await using runtime = await openRuntime(cpu);
  await runtime.load("through", graph);
  await runtime.put("p", floats(1, 2));
  for (let i = 0; i < 3; i++) {
    const { outputs } = await runtime.run("through", {}, {
      use: { p: "p" },
      keep: { "p next": "q" },
    });
    assert.deepEqual(outputs["p out"], floats(1, 2)); // given away, and not what stays with it
    for (const name of ["p", "q"]) assert.deepEqual(await runtime.get(name), floats(1, 2));
  }
});

Deno.test("an unloaded session is gone, its states stay", async () => {
  await using runtime = await opened(step(1));
  await runtime.put("p", floats(6));
  await runtime.unload("step");
  await assert.rejects(runtime.run("step", at(0), replace), /TypeError: Cannot find "step"/);
  await assert.rejects(runtime.unload("step"), /"step"/);
  assert.deepEqual(numbers(await runtime.get("p")), [6]);
});

Deno.test("what is got is a copy, and what is put is given away", async () => {
  await using runtime = await openRuntime(cpu);
  const feed = floats(1, 2);
  await runtime.put("p", feed);
  assert.equal(feed.data.length, 0);
  const got = await runtime.get("p");
  got.data.fill(9 as never);
  assert.deepEqual(numbers(await runtime.get("p")), [1, 2]);
  await assert.rejects(runtime.put("p", feed), /TypeError: Cannot take "p" as .* given away/);
});

Deno.test("bool, int64, int32 and float32 come out as they went in", async () => {
  const graph = new Graph("through");
  const feeds = {
    bool: { data: Uint8Array.of(1, 0, 1), dims: [3] },
    int64: { data: BigInt64Array.of(2n ** 53n + 1n, -1n), dims: [1, 2] },
    int32: { data: Int32Array.of(-(2 ** 31)), dims: [] },
    float32: { data: Float32Array.of(0.1, -0, Infinity, NaN), dims: [2, 2] },
  } as const;
  for (const [name, { dims }] of Object.entries(feeds)) {
    graph.output(`${name} out`, graph.input(name, name as keyof typeof feeds, dims));
  }
  const expected = structuredClone(feeds);
  await using runtime = await openRuntime(cpu);
  await runtime.load("through", graph);
  const { outputs } = await runtime.run("through", feeds, { keep: { "int64 out": "wide" } });
  const out = { ...outputs, "int64 out": await runtime.get("wide") };
  for (const [name, feed] of Object.entries(expected)) {
    assert.deepEqual(out[`${name} out` as keyof typeof out], feed, name);
  }
});

Deno.test("bytes are bools to a graph that declares bools", async () => {
  const graph = new Graph("choice");
  const [one, two] = [1, 2].map((n) => graph.scalar("float32", n));
  graph.output("y", where(graph.input("x", "bool", ["n"]), one!, two!));
  await using runtime = await openRuntime(cpu);
  await runtime.load("choice", graph);
  const { outputs } = await runtime.run("choice", { x: { data: Uint8Array.of(1, 0), dims: [2] } });
  assert.deepEqual(outputs["y"], floats(1, 2));
});

const { index } = at(0);
const wrong: [string, Parameters<Runtime["run"]>, RegExp][] = [
  ["missing", ["step", { index }], /TypeError: .*the input "p" is not fed/],
  [
    "of another element type",
    ["step", { index, p: { data: new Int32Array(1), dims: [1] } }],
    /TypeError: .*"p" has to be float32: received Int32Array/,
  ],
  [
    "not filled",
    ["step", { index, p: { data: new Float32Array(3), dims: [1] } }],
    /RangeError: .*"p" .*: received 3 for \[1\]/,
  ],
  [
    "of extents that the graph does not take",
    ["step", { index, p: { data: new Float32Array(3), dims: [3] } }],
    /dimensions for input: p/,
  ],
  [
    "fed and bound to a tensor too",
    ["step", { index, p: floats(1) }, { use: { p: "p" } }],
    /TypeError: .*"p" is fed twice/,
  ],
  [
    "a tensor of no such name",
    ["step", { index }, { use: { p: "z" } }],
    /"z" .*: received p/,
  ],
  ["not an input", ["step", { index }, { use: { z: "p" } }], /no input "z": received one of p, /],
  [
    "kept from no output",
    ["step", { index }, { use: { p: "p" }, keep: { z: "p" } }],
    /no output "z": received one of q, one/,
  ],
  [
    "kept twice",
    ["step", { index }, { use: { p: "p" }, keep: { q: "p", one: "p" } }],
    /TypeError: .*: received "p" twice/,
  ],
];

for (const [what, call, message] of wrong) {
  Deno.test(`an input or output that is ${what} is named, and nothing changes`, async () => {
    await using runtime = await opened(step(1));
    await runtime.put("p", floats(6));
    const [name, feeds, bindings] = structuredClone(call);
    await assert.rejects(runtime.run(name, feeds, bindings), message);
    await runtime.run("step", at(0), replace);
    assert.deepEqual(numbers(await runtime.get("p")), [4]);
  });
}

Deno.test("a graph with idle parts is not loaded", async () => {
  const graph = step(1);
  graph.input("idle", "float32", [1]);
  await using runtime = await openRuntime(cpu);
  await assert.rejects(runtime.load("idle", graph), /input idle .* not used/);
});

Deno.test("disposing rejects what is open and all that follows", async () => {
  const runtime = await opened(step(1));
  const open = Array.from({ length: 5 }, () => runtime.run("step", { ...at(0), p: floats(1) }));
  const settled = Promise.allSettled(open);
  await runtime[Symbol.asyncDispose]();
  for (const each of await settled) {
    assert.equal(each.status, "rejected");
    assert.match(String(each.reason), /the engine is closed/);
  }
  await assert.rejects(runtime.get("p"), /the engine is closed/);
});

Deno.test("disposing does not wait for the runs that have not begun", async () => {
  const graph = new Graph("slow");
  const x = graph.input("x", "float32", [512, 512]);
  graph.output("y", [1, 2, 3, 4].reduce((product) => matmul(product, x), x));
  const runtime = await openRuntime(cpu);
  await runtime.load("slow", graph);
  await runtime.put("x", { data: new Float32Array(512 * 512), dims: [512, 512] });
  const { runMs } = await runtime.run("slow", {}, { use: { x: "x" } });
  const count = Math.ceil(8_000 / runMs); // 8 s of work
  const open = Array.from({ length: count }, () => runtime.run("slow", {}, { use: { x: "x" } }));
  const settled = Promise.allSettled(open);
  const started = performance.now();
  await runtime[Symbol.asyncDispose]();
  assert.ok(performance.now() - started < 3_000);
  await settled;
});

Deno.test("a device is taken when what has to succeed there does", async () => {
  const seen: string[] = [];
  const prove = async (runtime: Runtime) => {
    seen.push(runtime.device);
    await runtime.load("step", step(1));
  };
  await using runtime = await openRuntime({ ...cpu, prove });
  const { outputs } = await runtime.run("step", { ...at(0), p: floats(4) });
  assert.deepEqual([seen, numbers(outputs["q"]!)], [["cpu"], [3]]);
  const refuse = () => Promise.reject(new Error("no oil"));
  await assert.rejects(openRuntime({ ...cpu, prove: refuse }), {
    kind: "bad_device",
    message: /"cpu": no oil/,
  });
});
