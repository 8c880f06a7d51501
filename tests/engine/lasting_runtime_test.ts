import assert from "node:assert/strict";
import { lastingRuntime } from "../../src/engine/lasting_runtime.ts";
import { RuntimeDied } from "../../src/engine/port.ts";
import type { EngineRuntime } from "../../src/engine/engine_runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { FakePorts } from "../support/fake_port.ts";

/** `y = -x`. */
function negation(): Graph {
  const graph = new Graph("negation");
  graph.output("y", neg(graph.input("x", "float32", [1])));
  return graph;
}

const feed = (x: number) => ({ x: { data: Float32Array.of(x), dims: [1] } });

/** Pauses end when a test says so. */
class Pauses {
  readonly lengths: number[] = [];
  #end: (() => void) | undefined;

  readonly after = (delayMs: number, fire: () => void) => {
    this.lengths.push(delayMs);
    this.#end = fire;
    return () => this.#end = undefined;
  };

  /** Ends the present pause, once there is one, and lets what follows happen. */
  async end(): Promise<void> {
    for (let turn = 0; this.#end === undefined && turn < 1_000; turn++) await settled();
    const end = this.#end;
    assert.ok(end !== undefined, "there is no pause");
    this.#end = undefined;
    end();
    await settled();
  }
}

/** Everything that waits for nothing but promises has happened. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

async function opened(ports: FakePorts) {
  const pauses = new Pauses();
  const deaths: string[] = [];
  const open = lastingRuntime({
    port: ports.open,
    after: pauses.after,
    onDeath: ({ reason }) => deaths.push(reason),
  });
  const runtime = await open({
    device: "cuda:1",
    threads: 3,
    prove: async (fresh) => {
      await fresh.load("negation", negation(), { warmUp: feed(1) });
    },
  });
  return { runtime, pauses, deaths };
}

/** The number of the port that a run was answered by. */
async function answerer(runtime: EngineRuntime): Promise<number> {
  const { outputs } = await runtime.run("negation", feed(2));
  return Number(outputs["port"]!.data[0]);
}

Deno.test("what dies is replaced at once, with the sessions, their warm-up and the device", async () => {
  const ports = new FakePorts();
  const { runtime, deaths, pauses } = await opened(ports);
  await runtime.load("other", negation());
  assert.deepEqual([runtime.states, await answerer(runtime)], [["ready"], 0]);
  ports.last.die("SIGSEGV");
  assert.deepEqual(runtime.states, ["recovering"]);
  assert.equal(await answerer(runtime), 1); // it waits
  assert.deepEqual(runtime.states, ["ready"]);
  const [first, second] = ports.all.map(({ loads }) => loads);
  assert.deepEqual(second, first);
  assert.deepEqual(second!.map(({ name }) => name), ["negation", "other"]);
  const { device, deviceId, threads, warmUp } = second![0]!;
  assert.deepEqual([device, deviceId, threads, warmUp], ["cuda", 1, 3, feed(1)]);
  assert.deepEqual([deaths, pauses.lengths], [["SIGSEGV"], []]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("calls that were sent fail: the oldest was under way, the others waited", async () => {
  const ports = new FakePorts((number) => ({ holds: number === 0 }));
  const { runtime } = await opened(ports);
  const runs = [1, 2, 3].map((x) => runtime.run("negation", feed(x)));
  const ends = Promise.allSettled(runs);
  await settled();
  ports.last.die("exit_134");
  const failures = (await ends).map((end) => end.status === "rejected" ? end.reason : end);
  assert.ok(failures.every((each) => each instanceof RuntimeDied));
  assert.deepEqual(failures.map(({ underWay }) => underWay), [true, false, false]);
  assert.equal(await answerer(runtime), 1);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("pauses between deaths grow until a run succeeds", async () => {
  const ports = new FakePorts();
  const { runtime, pauses } = await opened(ports);
  const dieAgain = async () => {
    ports.last.die("SIGKILL");
    await pauses.end();
  };
  ports.last.die("SIGKILL");
  await settled();
  for (let deaths = 0; deaths < 7; deaths++) await dieAgain();
  assert.deepEqual(pauses.lengths, [250, 500, 1_000, 2_000, 4_000, 8_000, 10_000]);
  assert.equal(await answerer(runtime), 8);
  ports.last.die("SIGKILL"); // no pause
  await settled();
  assert.deepEqual([runtime.states, pauses.lengths.length], [["ready"], 7]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("after eight failed starts it says so, refuses calls, and goes on trying", async () => {
  const ports = new FakePorts((number) => ({ stillborn: number >= 1 && number <= 9 }));
  const { runtime, pauses, deaths } = await opened(ports);
  ports.last.die("SIGBUS");
  const waits = runtime.run("negation", feed(1));
  const refused = assert.rejects(waits, {
    kind: "overloaded",
    retryAfterS: 10,
    message: /^Cannot score as the engine died and 8 starts of another failed$/,
  });
  for (let start = 1; start < 8; start++) {
    assert.deepEqual(runtime.states, ["recovering"]);
    await pauses.end();
  }
  await refused;
  assert.deepEqual(runtime.states, ["failed"]);
  await assert.rejects(runtime.run("negation", feed(1)), { kind: "overloaded" });
  await assert.rejects(runtime.load("other", negation()), { kind: "overloaded" });
  await pauses.end(); // the ninth fails too
  assert.deepEqual(runtime.states, ["failed"]);
  await pauses.end();
  assert.deepEqual([runtime.states, await answerer(runtime)], [["ready"], 10]);
  assert.deepEqual(deaths, ["SIGBUS", ...Array(9).fill("start")]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("a session that cannot be opened is not opened again in the next process", async () => {
  const ports = new FakePorts();
  const { runtime } = await opened(ports);
  const broken = negation();
  neg(broken.input("z", "float32", [1])); // serves no output
  await assert.rejects(runtime.load("broken", broken));
  ports.last.die("SIGKILL");
  await answerer(runtime);
  assert.deepEqual(ports.last.loads.map(({ name }) => name), ["negation"]);
  await runtime[Symbol.asyncDispose]();
});

Deno.test("closing ends a pause and a start, and what waits is told", async () => {
  for (const stillborn of [true, false]) {
    const ports = new FakePorts((number) => ({ stillborn: stillborn && number > 0 }));
    const { runtime, deaths } = await opened(ports);
    ports.last.die("SIGKILL");
    const waits = assert.rejects(
      runtime.run("negation", feed(1)),
      /the engine is closed|process ended/,
    );
    if (stillborn) await settled(); // it pauses
    await runtime[Symbol.asyncDispose]();
    await waits;
    await assert.rejects(runtime.run("negation", feed(1)), /the engine is closed|process ended/);
    assert.ok(ports.all.every(({ ended }) => ended));
    assert.deepEqual(deaths.slice(0, 1), ["SIGKILL"]);
  }
});

Deno.test("a device that dies while it is tried is no death of the runtime", async () => {
  const ports = new FakePorts(() => ({ stillborn: true }));
  const deaths: string[] = [];
  const open = lastingRuntime({ port: ports.open, onDeath: ({ reason }) => deaths.push(reason) });
  const prove = async (runtime: EngineRuntime) => void await runtime.load("negation", negation());
  await assert.rejects(open({ device: "cpu", threads: 1, prove }), { kind: "bad_device" });
  assert.deepEqual([deaths, ports.all.length], [[], 1]);
});
