/** Gradients over the real runtime, and what comes of gradient graphs that are at fault. */

import assert from "node:assert/strict";
import type { Query } from "../../../src/engine/engine.ts";
import { openEngine } from "../../../src/engine/open.ts";
import { readBlueprint } from "../../../src/model/blueprint.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { cast, div, sub } from "../../../src/onnx/ops.ts";
import { goldenDirectory, openGolden, pooledOnly } from "../../support/golden_model.ts";

const { graph, architecture } = await readBlueprint(goldenDirectory("llama"));

function attributed(ids: readonly number[], attribution = true): Query {
  return { ...pooledOnly(ids), measure: attribution ? ["attention", "gradient"] : ["attention"] };
}

Deno.test("a query that asks for a gradient gets the very same logits and attention", async () => {
  await using engine = (await openGolden("llama", { labelWeights: [1] })).engine;
  const batch = [[1, 5, 9], [1, 5, 7, 7], [4]];
  const plain = await engine.run(batch.map((ids) => attributed(ids, false)));
  const rich = await engine.run(batch.map((ids) => attributed(ids)));
  for (const [i, { measured: { gradient, ...measured }, ...rest }] of rich.outputs.entries()) {
    assert.equal(gradient?.length, batch[i]!.length);
    assert.deepEqual({ ...rest, measured }, plain.outputs[i]);
  }
  assert.equal(rich.computedTokens, plain.computedTokens + 3 + 4 + 1);
});

Deno.test("no gradient graph is written before a query asks for a gradient", async () => {
  let written = 0;
  const ownPass = () => {
    written++;
    return new Graph("never right"); // no output: it cannot be opened
  };
  const options = { architecture, ownPass, device: "cpu", threads: 1 } as const;
  await using engine = await openEngine(graph, options);
  await engine.run([pooledOnly([1, 2])]);
  assert.equal(written, 0);
  await assert.rejects(engine.run([pooledOnly([1, 2]), attributed([1, 2])]), {
    kind: "model_failure",
    path: "[1]", // the other query can be run again without a gradient
    message: /^Cannot (open|run) the model's gradient pass: /,
  });
  assert.equal(written, 1);
  assert.equal((await engine.run([pooledOnly([1, 2])])).outputs.length, 1);
});

Deno.test("a gradient that is not finite is an error that names its query", async () => {
  const ownPass = () => {
    const graph = new Graph("steep");
    const ids = cast(graph.input("ids", "int32", ["tokens"]), "float32");
    graph.output("gradient", div(graph.scalar("float32", 1), sub(ids, 7))); // infinite at 7
    return graph;
  };
  const options = { architecture, ownPass, device: "cpu", threads: 1 } as const;
  await using engine = await openEngine(graph, options);
  const innocent = [attributed([1, 2]), attributed([7, 2], false)];
  assert.equal((await engine.run(innocent)).outputs.length, 2);
  await assert.rejects(engine.run([...innocent, attributed([1, 2, 7])]), {
    kind: "model_failure",
    path: "[2]",
    message: "Cannot use a gradient that is not finite: received Infinity",
  });
});

Deno.test("an engine without a gradient refuses to attribute", async () => {
  await using engine = (await openGolden("llama")).engine;
  await assert.rejects(engine.run([attributed([1, 2])]), TypeError);
});
