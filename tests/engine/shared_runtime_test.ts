import assert from "node:assert/strict";
import { openRuntime, type Runtime } from "../../src/engine/runtime.ts";
import { type EngineRuntime, SharedRuntime } from "../../src/engine/shared_runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";

const cpu = { device: "cpu", threads: 1 } as const;

/** A graph whose output is its input times `factor`. */
function times(factor: number): Graph {
  const graph = new Graph("times");
  graph.output("y", mul(graph.input("x", "float32", [1]), graph.scalar("float32", factor)));
  return graph;
}

async function asked(runtime: EngineRuntime, x: number): Promise<number> {
  const { outputs } = await runtime.run("times", {
    x: { data: Float32Array.of(x), dims: [1] },
  });
  return Number(outputs["y"]!.data[0]);
}

/** Opens runtimes that are counted, as are their ends. */
function counting() {
  const counts = { opened: 0, closed: 0, runtimes: [] as Runtime[] };
  const open: typeof openRuntime = async (options) => {
    const runtime = await openRuntime(options);
    counts.opened++;
    counts.runtimes.push(runtime);
    const close = runtime[Symbol.asyncDispose].bind(runtime);
    return Object.assign(runtime, {
      [Symbol.asyncDispose]: async () => {
        counts.closed++;
        await close();
      },
    });
  };
  return { counts, open };
}

async function part(shared: SharedRuntime, factor: number): Promise<EngineRuntime> {
  return await shared.open({
    ...cpu,
    prove: async (runtime) => void await runtime.load("times", times(factor)),
  });
}

Deno.test("parts of one runtime have sessions of the same name and do not mix them up", async () => {
  const { counts, open } = counting();
  const shared = new SharedRuntime(open);
  await using double = await part(shared, 2);
  await using triple = await part(shared, 3);
  assert.deepEqual([double.device, triple.device], ["cpu", "cpu"]);
  const answers = await Promise.all([asked(double, 5), asked(triple, 5), asked(double, 7)]);
  assert.deepEqual(answers, [10, 15, 14]);
  assert.equal(counts.opened, 1);
});

Deno.test("the end of a part frees its sessions alone, and the last one ends the runtime", async () => {
  const { counts, open } = counting();
  const shared = new SharedRuntime(open);
  const double = await part(shared, 2);
  const triple = await part(shared, 3);
  await double[Symbol.asyncDispose]();
  await double[Symbol.asyncDispose]();
  await assert.rejects(asked(double, 5), /no session has that name/);
  assert.deepEqual([await asked(triple, 5), counts.closed], [15, 0]);
  await triple[Symbol.asyncDispose]();
  assert.equal(counts.closed, 1);
  await assert.rejects(asked(triple, 5));
});

Deno.test("a runtime that ended is opened anew", async () => {
  const { counts, open } = counting();
  const shared = new SharedRuntime(open);
  await (await part(shared, 2))[Symbol.asyncDispose]();
  await using again = await part(shared, 3);
  assert.deepEqual([await asked(again, 2), counts.opened], [6, 2]);
});

Deno.test("a further model that does not fit is an error of the device, and the first goes on", async () => {
  const shared = new SharedRuntime();
  await using double = await part(shared, 2);
  const failing = shared.open({
    ...cpu,
    prove: () => Promise.reject(new Error("out of memory")),
  });
  await assert.rejects(failing, { kind: "bad_device", message: /further model on cpu: out of/ });
  assert.equal(await asked(double, 4), 8);
});

Deno.test("where no device works for the first model, nothing stays open", async () => {
  const shared = new SharedRuntime();
  const failing = shared.open({ ...cpu, prove: () => Promise.reject(new Error("no such thing")) });
  await assert.rejects(failing, { kind: "bad_device", message: /no such thing/ });
  await using double = await part(shared, 2);
  assert.equal(await asked(double, 4), 8);
});
