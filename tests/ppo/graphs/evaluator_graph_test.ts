import assert from "node:assert/strict";
import type { BatchShape } from "../../../src/ppo/graphs/actor_critic.ts";
import { evaluatorGraph } from "../../../src/ppo/graphs/evaluator_graph.ts";
import { findings } from "../../../src/onnx/check.ts";
import { describe } from "../../../src/onnx/value.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import {
  assertRowsNear,
  openPolicy,
  policyDirectory,
  policyNames,
  readGoldenPolicy,
  sequenceOf,
} from "../golden_policy.ts";

const shape: BatchShape = { batch: 2, length: 8 };

/** The square of response rows and response columns out of rows up to the diagonal. */
function responsePart(attention: readonly (readonly number[])[], promptLength: number): number[] {
  const own = attention.slice(promptLength);
  return own.flatMap((row) => own.map((_, column) => row[promptLength + column] ?? 0));
}

for (const name of policyNames) {
  for (const temperature of [1, 0.7] as const) {
    Deno.test(`${name} at temperature ${temperature} matches transformers`, async () => {
      const { sequences } = await readGoldenPolicy(name);
      await using open = await openPolicy(name, { temperature });
      const ours = sequences.map(sequenceOf);
      const found = await open.engine.evaluate(ours, { whose: "policy", attention: true });
      const expected = sequences.map(({ log_probs }) => log_probs[`${temperature}`]);
      assertRowsNear(found.logProbs, expected, { tolerance: 1e-4, what: "log-probabilities" });
      const attention = sequences.map((each) => responsePart(each.attention, each.prompt.length));
      assertRowsNear(found.attention!, attention, { tolerance: 1e-5, what: "attention" });
      const reference = await open.engine.evaluate(ours, { whose: "reference" });
      assert.deepEqual(
        reference,
        { logProbs: found.logProbs },
        "the reference still equals the policy",
      );
    });
  }

  Deno.test(`${name} gives the same for a sequence alone, in any batch and with any padding`, async () => {
    const { sequences } = await readGoldenPolicy(name);
    const ours = sequences.map(sequenceOf);
    const short = ours.slice(0, 4);
    await using open = await openPolicy(name, { minibatch: 5 });
    const all = { whose: "policy", attention: true } as const;
    const together = await open.engine.evaluate(ours, all);
    const reversed = await open.engine.evaluate(ours.toReversed(), all);
    const less = await open.engine.evaluate(short, all); // in a shorter shape
    const alone = [];
    for (const each of ours) alone.push(await open.engine.evaluate([each], all));
    for (const part of ["logProbs", "values", "attention"] as const) {
      const close = { tolerance: 1e-5, what: part };
      assertRowsNear(reversed[part]!.toReversed(), together[part]!, close);
      assertRowsNear(less[part]!, together[part]!.slice(0, 4), close);
      assertRowsNear(alone.flatMap((each) => each[part]!), together[part]!, close);
    }
    assert.ok(together.values!.flatMap((row) => [...row]).some((value) => Math.abs(value) > 0.1));
  });
}

for (const critic of ["shared", "separate"] as const) {
  Deno.test(`with a ${critic} critic, outputs that are not requested are not in the graph`, async () => {
    const { model } = await readPolicy(policyDirectory("llama"));
    const actorCritic = { model, critic, temperature: 1 } as const;
    const cases = [
      { values: false, attention: false, adds: [] },
      { values: true, attention: false, adds: ["values float32[rows]"] },
      { values: false, attention: true, adds: ["attention float32[2, 8, 8]"] },
      {
        values: true,
        attention: true,
        adds: ["values float32[rows]", "attention float32[2, 8, 8]"],
      },
    ];
    for (const { adds, ...outputs } of cases) {
      const { graph, weights } = evaluatorGraph(actorCritic, shape, outputs);
      const found = [...graph.outputs].map(([name, value]) => `${name} ${describe(value)}`);
      assert.deepEqual(found, ["log_probs float32[rows]", ...adds]);
      assert.deepEqual(findings(graph), [], "everything serves an output");
      assert.equal(weights.taken.has("value_head.weight"), outputs.values);
      assert.equal(
        weights.taken.has("critic.model.norm.weight"),
        outputs.values && critic === "separate",
      );
    }
  });
}
