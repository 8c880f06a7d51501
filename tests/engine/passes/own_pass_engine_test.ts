/** Attributions over the real runtime: the laws, and what comes of gradient graphs that are at fault. */

import assert from "node:assert/strict";
import fc from "fast-check";
import type { Query } from "../../../src/engine/engine.ts";
import { openEngine } from "../../../src/engine/open.ts";
import { readBlueprint } from "../../../src/model/blueprint.ts";
import { Graph } from "../../../src/onnx/graph.ts";
import { cast, div, sub } from "../../../src/onnx/ops.ts";
import {
  assertClose,
  goldenDirectory,
  openGolden,
  pooledOnly,
} from "../../support/golden_model.ts";

const { graph, architecture } = await readBlueprint(goldenDirectory("llama"));

function attributed(ids: readonly number[], attribution = true): Query {
  return { ...pooledOnly(ids), measure: attribution ? ["attention", "gradient"] : ["attention"] };
}

const batches = fc.array(
  fc.record({
    ids: fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 60 }),
    wanted: fc.boolean(),
  }),
  { minLength: 1, maxLength: 10 },
);

for (const [name, labels] of [["llama", 1], ["llama-rope-dynamic", 3], ["gpt2", 1]] as const) {
  Deno.test(`${name}: random batches attribute as each of their sequences alone`, async () => {
    const labelWeights = [1, 0.5, -2].slice(0, labels);
    await using engine = (await openGolden(name, { eager: true, labelWeights })).engine;
    await fc.assert(
      fc.asyncProperty(batches, async (batch) => {
        const queries = batch.map(({ ids, wanted }) => attributed(ids, wanted));
        const { outputs } = await engine.run(queries);
        const again = await engine.run(queries);
        assert.deepEqual(outputs, again.outputs, "two runs of one batch differ in a bit");
        for (const [i, query] of queries.entries()) {
          const { outputs: [alone] } = await engine.run([query]);
          assert.equal(outputs[i]!.measured.gradient === undefined, query.measure.length === 1);
          const what = { tolerance: 1e-4, what: "attribution" };
          assertClose(outputs[i]!.measured.gradient ?? [], alone!.measured.gradient ?? [], what);
        }
      }),
      { numRuns: 5 },
    );
  });
}

Deno.test("whoever wants an attribution gets the very same logits and attention", async () => {
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

Deno.test("batches that are asked for at once are answered as one after the other", async () => {
  await using engine = (await openGolden("llama", { labelWeights: [1] })).engine;
  const batches = [[[1, 5, 9], [4]], [[1, 5, 7, 7]], [[3, 3], [1, 5, 9], [2, 8, 8, 8, 8]]];
  const run = async (batch: number[][]) =>
    (await engine.run(batch.map((ids) => attributed(ids)))).outputs;
  const atOnce = await Promise.all(batches.map(run)); // the session is opened while all three wait
  for (const [i, batch] of batches.entries()) assert.deepEqual(atOnce[i], await run(batch));
});

Deno.test("what stands behind the pooled position is worth nothing", async () => {
  await using engine = (await openGolden("gpt2", { labelWeights: [1] })).engine;
  const early = { ...attributed([1, 5, 9, 7, 3]), pool: [2] };
  const { outputs: [long, short] } = await engine.run([early, attributed([1, 5, 9])]);
  const what = { tolerance: 1e-5, what: "attribution" };
  assertClose(long!.measured.gradient!.subarray(0, 3), short!.measured.gradient!, what);
  assert.deepEqual([...long!.measured.gradient!.subarray(3)], [0, 0]);
});

Deno.test("nothing of a gradient is made before somebody asks for one", async () => {
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
    path: "[1]", // whoever asked for less is run again without it
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
