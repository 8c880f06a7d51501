/**
 * Keeps a state on a GPU over three runs and prints it as JSON, with what views of it came to; once
 * where the graph fixes its extent and once where only the run does. A program of its own, as the
 * other probe is.
 *
 * @module
 */

import type { Device } from "../../src/engine/devices.ts";
import { openRuntime } from "../../src/engine/runtime.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { add, mul } from "../../src/onnx/ops.ts";

await using runtime = await openRuntime({ device: Deno.args[0] as Device, threads: 1 });
for (const extent of [3, "n"]) {
  await runtime.load("step", step(extent));
  await runtime.put("p", { data: Float32Array.of(0, 2, 4), dims: [3] });
  // p <- p / 2 + 1, so 2 stays and what is around it comes nearer by half.
  const views: number[][] = [];
  for (let i = 0; i < 3; i++) {
    const part = { tensor: "p", offset: 1, dims: [2] };
    const { outputs } = await runtime.run("step", {}, {
      use: { p: "p", part },
      keep: { q: "p" },
    });
    views.push(Array.from<number | bigint, number>(outputs["double"]!.data, Number));
  }
  const state = Array.from<number | bigint, number>((await runtime.get("p")).data, Number);
  const line = JSON.stringify({ device: runtime.device, state, views });
  await Deno.stdout.write(new TextEncoder().encode(`${line}\n`));
}

function step(extent: number | string): Graph {
  const graph = new Graph("step");
  const [p, part] = [graph.input("p", "float32", [extent]), graph.input("part", "float32", [2])];
  graph.output("q", add(mul(p, graph.scalar("float32", 0.5)), graph.scalar("float32", 1)));
  graph.output("double", add(part, part));
  return graph;
}
