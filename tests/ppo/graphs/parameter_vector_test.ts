import assert from "node:assert/strict";
import { Graph } from "../../../src/onnx/graph.ts";
import { fedWeights } from "../../../src/layers/fed_weights.ts";
import { evaluatorGraph } from "../../../src/ppo/graphs/evaluator_graph.ts";
import type { CriticKind } from "../../../src/ppo/graphs/actor_critic.ts";
import {
  belongsToCritic,
  layoutOf,
  type ParameterLayout,
  readParameters,
  viewsOf,
  weightOf,
} from "../../../src/ppo/graphs/parameter_vector.ts";
import { type Policy, readPolicy } from "../../../src/ppo/rollout/policy.ts";
import type { TestTensor } from "../../support/checkpoint.ts";
import { type Alteration, alteredPolicy } from "../altered_policy.ts";
import { policyDirectory, policyNames } from "../golden_policy.ts";

function layoutFor({ model }: Pick<Policy, "model">, critic: CriticKind): ParameterLayout {
  const shape = { batch: 1, length: 2 };
  const actorCritic = { model, critic, temperature: 1 };
  const { weights } = evaluatorGraph(actorCritic, shape, { values: true, attention: false });
  return layoutOf(weights.taken);
}

Deno.test("weights are in the order they were taken, with the critic's last", () => {
  const weights = fedWeights(new Graph("case"));
  weights.take("b", [2, 3]);
  weights.take("value_head.bias", [1]);
  weights.take("critic.b", [2, 3]);
  weights.take("a", [4]);
  weights.take("b", [2, 3]);
  const layout = layoutOf(weights.taken);
  assert.deepEqual(layout, {
    places: new Map([
      ["b", { offset: 0, length: 6, shape: [2, 3] }],
      ["a", { offset: 6, length: 4, shape: [4] }],
      ["value_head.bias", { offset: 10, length: 1, shape: [1] }],
      ["critic.b", { offset: 11, length: 6, shape: [2, 3] }],
    ]),
    size: 17,
    policySize: 10,
  });
  assert.deepEqual(viewsOf(weights, { state: layout, unread: layout }), {
    "b": { tensor: "state", offset: 0, dims: [2, 3] },
    "value_head.bias": { tensor: "state", offset: 10, dims: [1] },
    "critic.b": { tensor: "state", offset: 11, dims: [2, 3] },
    "a": { tensor: "state", offset: 6, dims: [4] },
  });
  weights.take("late", [1]);
  const refusal = { name: "TypeError", message: /"late"/ };
  assert.throws(() => viewsOf(weights, { state: layout }), refusal);
  const late = { places: new Map([["late", { offset: 3, length: 1, shape: [1] }]]) };
  assert.deepEqual(viewsOf(weights, { state: layout, more: { ...layout, ...late } })["late"], {
    tensor: "more",
    offset: 3,
    dims: [1],
  });
});

Deno.test("a name belongs to the critic by its first part", () => {
  for (const name of ["critic.model.norm.weight", "value_head.weight", "value_head.bias"]) {
    assert.ok(belongsToCritic(name), name);
  }
  for (const name of ["model.critic.weight", "critics.weight", "value_head", "lm_head.weight"]) {
    assert.ok(!belongsToCritic(name), name);
  }
});

for (const name of policyNames) {
  for (const critic of ["shared", "separate"] as const) {
    Deno.test(`${name} is read into a vector without gaps, with a ${critic} critic`, async () => {
      const policy = await readPolicy(policyDirectory(name));
      const layout = layoutFor(policy, critic);
      const vector = await readParameters(layout, policy);
      assert.equal(vector.length, layout.size);
      let end = 0;
      for (const [weight, place] of layout.places) {
        assert.equal(place.offset, end, `${weight} follows`);
        assert.equal(place.length, place.shape.reduce((product, dim) => product * dim, 1));
        end += place.length;
        assert.equal(belongsToCritic(weight), place.offset >= layout.policySize);
        const found = weightOf(vector, place);
        const original = weight.replace(/^critic\./, "");
        if (original.startsWith("value_head.")) {
          assert.ok(found.every((each) => each === 0), weight);
        } else assert.deepEqual(found, await policy.checkpoint.read(original), weight);
      }
      assert.equal(end, layout.size);
      const copied = [...layout.places.keys()].filter((each) => each.startsWith("critic."));
      const { prefix } = policy.model.trunk;
      const trunk = [...layout.places.keys()].filter((each) => each.startsWith(`${prefix}.`));
      assert.deepEqual(copied, critic === "shared" ? [] : trunk.map((each) => `critic.${each}`));
    });
  }
}

Deno.test("a weight is a view of the vector", () => {
  const vector = Float32Array.of(1, 2, 3, 4);
  weightOf(vector, { offset: 1, length: 2, shape: [2] }).fill(9);
  assert.deepEqual([...vector], [1, 9, 9, 4]);
});

const without = (name: string) => (tensors: readonly TestTensor[]) =>
  tensors.filter((each) => each.name !== name);
const more = (...added: TestTensor[]) => (tensors: readonly TestTensor[]) => [...tensors, ...added];
const head = { name: "lm_head.weight", shape: [96, 16], data: new Float32Array(96 * 16) };

const refused: readonly (Alteration & { what: string; policy: string; message: RegExp })[] = [
  {
    what: "a tensor that is missing",
    policy: "llama",
    tensors: without("model.norm.weight"),
    message: /"model\.norm\.weight" of shape \[16\] is missing/,
  },
  {
    what: "a head that is missing where it is not tied",
    policy: "llama",
    tensors: without("lm_head.weight"),
    message: /"lm_head\.weight" of shape \[96, 16\] is missing/,
  },
  {
    what: "a tensor that nobody needs",
    policy: "llama",
    tensors: more({ name: "model.extra", shape: [1], data: [1] }),
    message: /no use for a tensor: received "?model\.extra/,
  },
  {
    what: "a value head that the checkpoint brings, for it would be silently replaced",
    policy: "llama",
    tensors: more({ name: "value_head.weight", shape: [1, 16], data: new Float32Array(16) }),
    message: /no use for a tensor: received "?value_head\.weight/,
  },
  {
    what: "a tensor of another shape",
    policy: "gpt2",
    tensors: (tensors) =>
      tensors.map((each) =>
        each.name === "transformer.ln_f.weight" ? { ...each, shape: [4, 4] } : each
      ),
    message: /"transformer\.ln_f\.weight" must have the shape \[16\]: received \[4, 4\]/,
  },
];

for (const { what, policy: name, message, ...alteration } of refused) {
  Deno.test(`${what} is a bad model`, async () => {
    await using directory = await alteredPolicy(name, alteration);
    const policy = await readPolicy(directory.path);
    await assert.rejects(readParameters(layoutFor(policy, "shared"), policy), {
      kind: "bad_model",
      message,
    });
  });
}

Deno.test("buffers that old checkpoints store are ignored", async () => {
  const frequencies = {
    name: "model.layers.0.self_attn.rotary_emb.inv_freq",
    shape: [2],
    data: [1, 0.01],
  };
  await using directory = await alteredPolicy("llama-tied-biased", {
    tensors: more(head, frequencies),
  });
  const [policy, plain] = [
    await readPolicy(directory.path),
    await readPolicy(policyDirectory("llama-tied-biased")),
  ];
  const layout = layoutFor(policy, "shared");
  assert.deepEqual(await readParameters(layout, policy), await readParameters(layout, plain));
});
