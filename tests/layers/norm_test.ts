import assert from "node:assert/strict";
import { layerNorm, rmsNorm } from "../../src/layers/norm.ts";
import { gradients } from "../../src/onnx/gradient.ts";
import { Graph } from "../../src/onnx/graph.ts";
import { cast } from "../../src/onnx/ops.ts";
import { assertNear, plain, runGraph } from "../onnx/run_graph.ts";
import { storedParameters } from "./stored_parameters.ts";

const weight = { name: "norm.weight", shape: [4], data: [1, 2, -1, 0.5] };
const bias = { name: "norm.bias", shape: [4], data: [0, 1, 0, -1] };
const rows = [[1, 2, 3, 6], [1e-4, -1e-4, 0, 0], [0, 0, 0, 0], [1e4, 2e4, -1e4, 3e4]];
const mean = (row: readonly number[]) => row.reduce((sum, x) => sum + x, 0) / row.length;

for (const biased of [true, false]) {
  Deno.test(`layerNorm is centred, scaled and ${biased ? "" : "not "}shifted, epsilon within the root`, async () => {
    const graph = new Graph("norm");
    await using stored = await storedParameters(graph, biased ? [weight, bias] : [weight]);
    const x = graph.input("x", "float32", ["tokens", 4]);
    const options = { width: 4, epsilon: 1e-5, ...(biased ? {} : { bias: false }) };
    graph.output("y", layerNorm(x, stored.parameters.at("norm"), options));
    const { y } = await runGraph(graph, { x: plain(rows) });
    const expected = rows.map((row) => {
      const centred = row.map((each) => each - mean(row));
      const deviation = Math.sqrt(mean(centred.map((each) => each * each)) + 1e-5);
      return centred.map((each, i) =>
        each / deviation * weight.data[i]! + (biased ? bias.data[i]! : 0)
      );
    });
    assertNear(y!, plain(expected));
    assert.doesNotThrow(() => stored.ledger.settle());
  });
}

Deno.test("layerNorm without weights takes none", async () => {
  const graph = new Graph("norm");
  const x = graph.input("x", "float32", ["tokens", 4]);
  await using stored = await storedParameters(graph, [weight]);
  const options = { width: 4, epsilon: 1e-5, weight: false };
  graph.output("y", layerNorm(x, stored.parameters.at("norm"), options));
  const { y } = await runGraph(graph, { x: plain([[1, 2, 3, 6]]) });
  const deviation = Math.sqrt(3.5 + 1e-5);
  assertNear(y!, plain([[-2, -1, 0, 3].map((each) => each / deviation)]));
  assert.deepEqual(stored.ledger.taken, []);
});

Deno.test("rmsNorm is scaled only, epsilon within the root", async () => {
  const graph = new Graph("norm");
  await using stored = await storedParameters(graph, [weight]);
  const x = graph.input("x", "float32", ["tokens", 4]);
  graph.output("y", rmsNorm(x, stored.parameters.at("norm"), { width: 4, epsilon: 1e-6 }));
  const { y } = await runGraph(graph, { x: plain(rows) });
  const expected = rows.map((row) => {
    const root = Math.sqrt(mean(row.map((each) => each * each)) + 1e-6);
    return row.map((each, i) => each / root * weight.data[i]!);
  });
  assertNear(y!, plain(expected));
  assert.doesNotThrow(() => stored.ledger.settle());
});

Deno.test("a norm of another width is refused", async () => {
  const graph = new Graph("norm");
  await using stored = await storedParameters(graph, [weight]);
  const x = graph.input("x", "float32", ["tokens", 5]);
  assert.throws(
    () => rmsNorm(x, stored.parameters.at("norm"), { width: 5, epsilon: 1e-6 }),
    { kind: "bad_model" },
  );
  assert.throws(
    () => rmsNorm(x, stored.parameters.at("norm"), { width: 4, epsilon: 1e-6 }),
    { name: "TypeError", message: /does not match the last axis/ },
  );
});

Deno.test("norms of half precision, and their derivatives, do not overflow", async () => {
  for (const [name, norm] of [["rms", rmsNorm], ["layer", layerNorm]] as const) {
    const graph = new Graph(name);
    await using stored = await storedParameters(graph, [weight, bias]);
    const x = cast(graph.input("x", "float32", ["tokens", 4]), "float16");
    const y = norm(x, stored.parameters.at("norm"), { width: 4, epsilon: 1e-6 });
    assert.equal(y.dtype, "float16");
    graph.output("y", y);
    graph.output("slope", gradients(y, [x])[0]!);
    const row = [6e4, -3e4, 300, 0]; // squares of more than 65,504
    const { y: found, slope } = await runGraph(graph, { x: plain([row]) });
    const shift = name === "rms" ? 0 : mean(row);
    const centred = row.map((each) => each - shift);
    const root = Math.sqrt(mean(centred.map((each) => each * each)));
    const expected = centred.map((each, i) =>
      each / root * weight.data[i]! + (name === "rms" ? 0 : bias.data[i]!)
    );
    assertNear(found!, plain([expected], "float16"), { tolerance: 1e-3 });
    assert.ok(slope!.data.every(Number.isFinite), `${slope!.data}`);
  }
});
