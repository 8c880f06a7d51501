/** Runtimes: the real one, and the one that the trainer's session cache is tested with. */

import assert from "node:assert/strict";
import { openRuntime, type Runtime } from "../../src/engine/runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { neg } from "../../src/onnx/ops.ts";
import { OrderlyRuntime } from "../support/orderly_runtime.ts";

/** A runtime, and a way to load a session that works or fails to load. */
interface Subject extends AsyncDisposable {
  readonly runtime: Pick<Runtime, "load" | "unload" | "run">;
  load(name: string, options?: { works: boolean }): Promise<unknown>;
}

const subjects: Readonly<Record<string, () => Promise<Subject>>> = {
  async "the worker's runtime"() {
    const runtime = await openRuntime({ device: "cpu", threads: 1 });
    return {
      runtime,
      load: (name, { works } = { works: true }) => runtime.load(name, negation(works)),
      [Symbol.asyncDispose]: () => runtime[Symbol.asyncDispose](),
    };
  },
  "the runtime without a worker"() {
    const runtime = new OrderlyRuntime();
    return Promise.resolve({
      runtime,
      load(name, { works } = { works: true }) {
        if (works) runtime.broken.delete(name);
        else runtime.broken.add(name);
        return runtime.load(name);
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
};

/** `y = -x`; a graph that does not work has a node without use. */
function negation(works: boolean): Graph {
  const graph = new Graph("negation");
  const x = graph.input("x", "float32", [1]);
  graph.output("y", neg(x));
  if (!works) neg(x);
  return graph;
}

const feeds = () => ({ x: { data: Float32Array.of(1), dims: [1] } });

for (const [name, open] of Object.entries(subjects)) {
  Deno.test(`${name}: calls take effect in the order they are made, without being awaited`, async () => {
    await using subject = await open();
    const { runtime } = subject;
    const calls = [
      runtime.run("a", feeds()),
      subject.load("a"),
      runtime.run("a", feeds()),
      runtime.unload("a"),
      runtime.run("a", feeds()),
    ];
    const results = await Promise.allSettled(calls);
    assert.deepEqual(
      results.map(({ status }) => status),
      ["rejected", "fulfilled", "fulfilled", "fulfilled", "rejected"],
    );
  });

  Deno.test(`${name}: a session that is not open can be neither run nor unloaded`, async () => {
    await using subject = await open();
    await assert.rejects(subject.runtime.run("none", feeds()), TypeError);
    await assert.rejects(subject.runtime.unload("none"), TypeError);
  });

  Deno.test(`${name}: a session that fails to load is not open, and can be loaded later`, async () => {
    await using subject = await open();
    await assert.rejects(subject.load("a", { works: false }), Error);
    await assert.rejects(subject.runtime.run("a", feeds()), TypeError);
    await subject.load("a");
    const { outputs } = await subject.runtime.run("a", feeds());
    assert.equal(Object.keys(outputs).length, 1);
  });

  Deno.test(`${name}: a failed load leaves the session of that name open`, async () => {
    await using subject = await open();
    await subject.load("a");
    await assert.rejects(subject.load("a", { works: false }), Error);
    await subject.runtime.run("a", feeds());
  });
}
