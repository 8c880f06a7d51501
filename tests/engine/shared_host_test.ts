import assert from "node:assert/strict";
import type { EngineRuntime } from "../../src/engine/engine_runtime.ts";
import { lastingRuntime } from "../../src/engine/lasting_runtime.ts";
import { type Port, RuntimeDied } from "../../src/engine/port.ts";
import { openRuntime, type Runtime } from "../../src/engine/runtime.ts";
import { SharedHost } from "../../src/engine/shared_host.ts";
import { threadPort } from "../../src/engine/thread_port.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { mul } from "../../src/onnx/ops.ts";
import { FakePorts } from "../support/fake_port.ts";

/** A graph whose output is its input times `factor`. */
function times(factor: number): Graph {
  const graph = new Graph("times");
  graph.output("y", mul(graph.input("x", "float32", [1]), graph.scalar("float32", factor)));
  return graph;
}

const feed = (x: number) => ({ x: { data: Float32Array.of(x), dims: [1] } });

async function asked(runtime: Pick<EngineRuntime, "run">, x: number): Promise<number> {
  const { outputs } = await runtime.run("times", feed(x));
  return Number(outputs["y"]!.data[0]);
}

/** Threads that are counted, as are their ends. */
function counted(open: () => Port = () => threadPort()) {
  const counts = { opened: 0, ended: 0 };
  const shared = new SharedHost(() => {
    counts.opened++;
    const port = open();
    return { ...port, end: () => (counts.ended++, port.end()) };
  });
  return { counts, shared };
}

/** A runtime in the shared thread, with a session. */
async function part({ port }: SharedHost, factor: number): Promise<Runtime> {
  const runtime = await openRuntime({ device: "cpu", threads: 1, port });
  await runtime.load("times", times(factor));
  return runtime;
}

Deno.test("sessions and tensors of the same name in one thread are not mixed up", async () => {
  const { counts, shared } = counted();
  await using double = await part(shared, 2);
  await using triple = await part(shared, 3);
  const answers = await Promise.all([asked(double, 5), asked(triple, 5), asked(double, 7)]);
  assert.deepEqual(answers, [10, 15, 14]);
  await double.put("state", { data: Float32Array.of(1), dims: [1] });
  await assert.rejects(triple.get("state"), TypeError);
  assert.deepEqual(counts, { opened: 1, ended: 0 });
});

Deno.test("each model has a device and threads of its own", async () => {
  const ports = new FakePorts();
  const { port } = new SharedHost(ports.open);
  await using one = await openRuntime({ device: "cuda:1", threads: 1, port });
  await using two = await openRuntime({ device: "cpu", threads: 7, port });
  await one.load("times", times(2));
  await two.load("times", times(2));
  const loads = ports.last.loads.filter(({ name }) => name === "times");
  assert.deepEqual(loads.map(({ device, deviceId, threads }) => [device, deviceId, threads]), [
    ["cuda", 1, 1],
    ["cpu", undefined, 7],
  ]);
  assert.equal(ports.all.length, 1);
});

Deno.test("the end of one frees its sessions alone, and the last one ends the thread", async () => {
  const { counts, shared } = counted();
  const double = await part(shared, 2);
  const triple = await part(shared, 3);
  await double[Symbol.asyncDispose]();
  await double[Symbol.asyncDispose]();
  await assert.rejects(asked(double, 5), /the engine is closed/);
  assert.equal(await asked(triple, 5), 15);
  assert.deepEqual(counts, { opened: 1, ended: 0 });
  await triple[Symbol.asyncDispose]();
  assert.deepEqual(counts, { opened: 1, ended: 1 });
  await using again = await part(shared, 3);
  assert.equal(await asked(again, 2), 6);
  assert.deepEqual(counts, { opened: 2, ended: 1 });
});

Deno.test("a model that cannot be loaded ends nothing but itself", async () => {
  const { counts, shared } = counted();
  const failing = () => {
    const prove = () => Promise.reject(new Error("no such thing"));
    return openRuntime({ device: "cpu", port: shared.port, prove });
  };
  await assert.rejects(failing(), { kind: "bad_device", message: /no such thing/ });
  assert.deepEqual(counts, { opened: 1, ended: 1 });
  await using double = await part(shared, 2);
  await assert.rejects(failing(), { kind: "bad_device", message: /no such thing/ });
  assert.equal(await asked(double, 4), 8);
  assert.deepEqual(counts, { opened: 2, ended: 1 });
});

/** The engine's own worker, but for an exception that nothing catches where a feed is 13. */
const fragile = `
  await import("${import.meta.resolve("../../src/engine/worker.ts")}");
  const serve = self.onmessage;
  self.onmessage = (event) => {
    if (event.data.request.feeds?.x.data[0] === 13) throw new Error("struck");
    serve(event);
  };
  self.postMessage({ id: -1 });`;

/** A port to a thread of that kind. What is posted before its code is there would be lost. */
function fragilePort(): Port {
  const url = URL.createObjectURL(new Blob([fragile], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  const port = threadPort(worker);
  const { promise: awake, resolve } = Promise.withResolvers<void>();
  return {
    ...port,
    post: (request, transfer) => void awake.then(() => port.post(request, transfer)),
    listen: ({ reply, death }) =>
      port.listen({ reply: (each) => each.id === -1 ? resolve() : reply(each), death }),
  };
}

Deno.test("a thread that dies is replaced for every model in it, and one alone is to blame", async () => {
  const { counts, shared } = counted(fragilePort);
  const deaths: string[] = [];
  const open = async (name: string, factor: number) =>
    await lastingRuntime({ port: shared.port, onDeath: () => deaths.push(name) })({
      device: "cpu",
      threads: 1,
      prove: async (runtime) => void await runtime.load("times", times(factor)),
    });
  await using double = await open("double", 2);
  await using triple = await open("triple", 3);
  assert.deepEqual([await asked(double, 1), await asked(triple, 1)], [2, 3]);
  const ends = await Promise.allSettled([asked(triple, 13), asked(double, 1), asked(triple, 1)]);
  const failures = ends.map((end) => end.status === "rejected" ? end.reason : end.value);
  assert.ok(failures.every((each) => each instanceof RuntimeDied));
  assert.deepEqual(failures.map(({ underWay }) => underWay), [true, false, false]);
  for (const { message, reason } of failures) {
    assert.match(message, /worker died: .*struck/);
    assert.equal(reason, "thread");
  }
  assert.deepEqual([double.states, triple.states], [["recovering"], ["recovering"]]);
  assert.deepEqual(await Promise.all([asked(triple, 5), asked(double, 5)]), [15, 10]);
  assert.deepEqual([double.states, triple.states], [["ready"], ["ready"]]);
  assert.deepEqual(deaths.toSorted(), ["double", "triple"]);
  assert.equal(counts.opened, 2);
});
