import assert from "node:assert/strict";
import { lastingRuntime } from "../../src/engine/lasting_runtime.ts";
import { pooledRuntime } from "../../src/engine/pooled_runtime.ts";
import type { EngineRuntime } from "../../src/engine/engine_runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { type FakePortOptions, FakePorts } from "../support/fake_port.ts";

/** `y = -x`. */
function negation(): Graph {
  const graph = new Graph("negation");
  graph.output("y", neg(graph.input("x", "float32", ["n"])));
  return graph;
}

const feed = (length: number) => ({ x: { data: new Float32Array(length), dims: [length] } });

async function pool(ports: FakePorts) {
  const open = pooledRuntime(lastingRuntime({ port: ports.open }), ["cuda:0", "cuda:1"]);
  return await open({
    device: "auto",
    threads: 2,
    prove: async (runtime: EngineRuntime) => {
      await runtime.load("negation", negation(), { warmUp: feed(1) });
    },
  });
}

async function opened(options?: (number: number) => FakePortOptions) {
  const ports = new FakePorts(options);
  return { ports, runtime: await pool(ports) };
}

/** The port that a run of so many numbers is answered by. */
async function answerer(runtime: EngineRuntime, length = 1): Promise<number> {
  const { outputs } = await runtime.run("negation", feed(length));
  return Number(outputs["port"]!.data[0]);
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

Deno.test("a pool has a replica on each device, and says where", async () => {
  const { ports, runtime } = await opened();
  assert.deepEqual([runtime.device, runtime.places], ["cuda", ["cuda:0", "cuda:1"]]);
  assert.deepEqual(ports.all.map(({ loads: [load] }) => load?.deviceId), [0, 1]);
  assert.deepEqual(runtime.states, ["ready", "ready"]);
  await runtime[Symbol.asyncDispose]();
  assert.ok(ports.all.every(({ ended }) => ended));
});

Deno.test("a run goes to the replica with the least to do, by what it was fed", async () => {
  const { ports, runtime } = await opened(() => ({ holds: true }));
  const lengths = [100, 10, 20, 30, 50];
  const answers = Promise.all(lengths.map((length) => answerer(runtime, length)));
  await settled();
  for (const port of ports.all) port.answer();
  // 100 | 10, 20, 30 make 60 | 50 joins those, and makes 110
  assert.deepEqual(await answers, [0, 1, 1, 1, 1]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("while one is replaced, the others do its work", async () => {
  // The replacement never comes up.
  const { ports, runtime } = await opened((number) => ({ stillborn: number > 1 }));
  ports.all[0]!.die("SIGKILL");
  assert.deepEqual(runtime.states, ["recovering", "ready"]);
  const answers = await Promise.all([1, 2, 3].map((length) => answerer(runtime, length)));
  assert.deepEqual(answers, [1, 1, 1]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("where none lives, a run waits for the next one that does", async () => {
  const { ports, runtime } = await opened();
  ports.all[0]!.die("SIGKILL");
  ports.all[1]!.die("SIGKILL");
  assert.deepEqual(runtime.states, ["recovering", "recovering"]);
  assert.ok(await answerer(runtime) >= 2);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("a session is opened in every replica, also in one that comes back later", async () => {
  const { ports, runtime } = await opened();
  const loading = runtime.load("other", negation(), { warmUp: feed(3) });
  ports.all[1]!.die("SIGKILL");
  assert.deepEqual(await loading, { onDevice: 1 });
  for (let turn = 0; runtime.states!.includes("recovering"); turn++) {
    assert.ok(turn < 1_000);
    await settled();
  }
  for (const port of [ports.all[0]!, ports.last]) {
    assert.deepEqual(port.loads.map(({ name }) => name), ["negation", "other"]);
    assert.equal(port.loads[1]!.warmUp!["x"]!.data.length, 3);
  }
  await runtime[Symbol.asyncDispose]();
});

Deno.test("where one device does not work, none stays open", async () => {
  const ports = new FakePorts((number) => ({ stillborn: number === 1 }));
  await assert.rejects(pool(ports), { kind: "bad_device", message: /device "cuda:1"/ });
  assert.ok(ports.all.every(({ ended }) => ended));
});
