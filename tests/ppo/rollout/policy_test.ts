import assert from "node:assert/strict";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { type Alteration, alteredPolicy } from "../altered_policy.ts";
import { policyDirectory } from "../golden_policy.ts";

Deno.test("a policy is read with its model, weights, tokenizer and EOS ids", async () => {
  const policy = await readPolicy(policyDirectory("llama"));
  assert.equal(policy.name, "llama");
  assert.equal(policy.directory, policyDirectory("llama"));
  assert.equal(policy.model.name, "LlamaForCausalLM");
  assert.equal(policy.model.tied, false);
  assert.deepEqual(policy.model.trunk.dimensions, {
    hidden: 16,
    layers: 2,
    heads: 4,
    vocabulary: 96,
    context: 64,
  });
  assert.ok(policy.checkpoint.tensors.has("lm_head.weight"));
  assert.deepEqual(policy.eosIds, [2]);
  assert.deepEqual([...policy.text.opening], [1]);
});

const generation = (json: unknown) => ({ files: { "generation_config.json": json } });
const eosIds: readonly (Alteration & { what: string; eosIds: readonly number[] })[] = [
  { what: "one id of config.json", config: { eos_token_id: 5 }, eosIds: [5] },
  { what: "several ids of config.json", config: { eos_token_id: [5, 7] }, eosIds: [5, 7] },
  { what: "no id at all", config: { eos_token_id: null }, eosIds: [] },
  {
    what: "generation_config.json before config.json",
    ...generation({ eos_token_id: [3, 2] }),
    eosIds: [3, 2],
  },
  { what: "config.json where generation_config.json is silent", ...generation({}), eosIds: [2] },
];

for (const { what, eosIds: expected, ...alteration } of eosIds) {
  Deno.test(`EOS ids: ${what}`, async () => {
    await using directory = await alteredPolicy("llama", alteration);
    assert.deepEqual((await readPolicy(directory.path)).eosIds, expected);
  });
}

const refused: readonly (Alteration & { what: string; message: RegExp; path?: string })[] = [
  {
    what: "an end beyond the vocabulary",
    config: { eos_token_id: [2, 96] },
    message: /eos_token_id is not in the vocabulary of 96: received 96/,
    path: "config.json",
  },
  {
    what: "an end beyond the vocabulary in generation_config.json",
    ...generation({ eos_token_id: 96 }),
    message: /eos_token_id is not in the vocabulary of 96: received 96/,
    path: "generation_config.json",
  },
  {
    what: "an end that is no id in generation_config.json",
    ...generation({ eos_token_id: ["2"] }),
    message: /eos_token_id is neither an id nor a list of ids: received \["2"\]/,
    path: "generation_config.json",
  },
  {
    what: "a reward model",
    config: { architectures: ["LlamaForSequenceClassification"] },
    message: /Cannot train the architecture "LlamaForSequenceClassification".*it is a reward model/,
  },
  {
    what: "an end that is no id",
    config: { eos_token_id: "2" },
    files: { "generation_config.json": {} },
    message: /eos_token_id is neither an id nor a list of ids: received "2"/,
    path: "config.json",
  },
  {
    what: "an angle that grows with the text",
    config: { rope_parameters: { rope_type: "dynamic", factor: 2, rope_theta: 10_000 } },
    message: /Cannot train a LlamaForCausalLM .*other angles for texts of more than 64 tokens/,
  },
  {
    what: "a directory without a tokenizer",
    files: { "tokenizer.json": null },
    message: /tokenizer/,
  },
];

for (const { what, message, path, ...alteration } of refused) {
  Deno.test(`${what} is a bad model`, async () => {
    await using directory = await alteredPolicy("llama", alteration);
    const place = path === undefined ? {} : { path };
    await assert.rejects(readPolicy(directory.path), { kind: "bad_model", message, ...place });
  });
}

Deno.test("a missing directory is a bad model", async () => {
  await assert.rejects(readPolicy("/no/such/policy"), { kind: "bad_model" });
});
