import assert from "node:assert/strict";
import { linearLayers } from "../../../src/ppo/graphs/linear_layers.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { policyDirectory } from "../golden_policy.ts";

Deno.test("the linear layers of a trunk are found with their extents, the head is none of them", async () => {
  const { model } = await readPolicy(policyDirectory("gpt2"));
  const found = linearLayers(model);
  const { hidden, layers } = model.trunk.dimensions;
  assert.equal(found.size, 4 * layers);
  const { inputs, outputs, range, layout } = found.get("transformer.h.0.attn.c_attn")!;
  assert.deepEqual([inputs, range?.of ?? outputs, layout], [hidden, 3 * hidden, "in-out"]);
  assert.ok([...found.keys()].every((name) => name.startsWith("transformer.h.")));
});
