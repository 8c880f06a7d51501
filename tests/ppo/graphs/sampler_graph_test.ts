import assert from "node:assert/strict";
import { languageModelOf } from "../../../src/architectures/registry.ts";
import { findings } from "../../../src/onnx/check.ts";
import { describe } from "../../../src/onnx/value.ts";
import { viewsOf } from "../../../src/ppo/graphs/parameter_vector.ts";
import { samplerGraph } from "../../../src/ppo/graphs/sampler_graph.ts";
import {
  type Completion,
  drawUniforms,
  type SampleRequest,
  samplerFeeds,
} from "../../../src/ppo/graphs/sampler_feeds.ts";
import {
  assertRowsNear,
  type OpenOptions,
  type OpenPolicy,
  openPolicy,
  policyNames,
  readGoldenPolicy,
  requestOf,
  stream,
} from "../golden_policy.ts";
import { slow, slowPolicies } from "../../support/slow.ts";
import { testWhere } from "../../support/test_where.ts";
import { assertDrawnFrom, probabilitiesOf } from "./sampling_reference.ts";

/** The feeds of requests, with random numbers of a stream. */
function feedsOf(requests: readonly SampleRequest[], random: ReturnType<typeof stream>) {
  return samplerFeeds(requests, drawUniforms(requests, random));
}

const free = { temperature: 1, topK: 0, topP: 1 };
/** Half of the vocabulary of 96: with so many EOS ids, most completions are short. */
const manyEosIds = Array.from({ length: 48 }, (_, id) => id);
/** Prompts of 1 to 9 tokens, some of which are EOS ids themselves. */
const prompts = [[7, 2, 9], [90], [1, 5, 3, 61, 8, 95, 4, 2, 60], [2], [11, 12, 13, 14, 15]];
const requests = prompts.map((prompt, i) => requestOf(prompt, { min: i % 3, max: 3 + 2 * i }));

function idsOf({ ids, promptLength }: Completion): { prompt: number[]; response: number[] } {
  return { prompt: [...ids.subarray(0, promptLength)], response: [...ids.subarray(promptLength)] };
}

const cases: readonly (OpenOptions & { readonly name: string })[] = [
  { name: "all tokens", rule: free },
  { name: "a low temperature", temperature: 0.7, rule: { ...free, temperature: 0.7 } },
  { name: "top-k and top-p", rule: { ...free, topK: 20, topP: 0.8 } },
  {
    name: "everything at once",
    temperature: 0.7,
    rule: { temperature: 0.7, topK: 30, topP: 0.9 },
    eosIds: manyEosIds,
  },
];

function testPolicy(policy: string, name: string, fn: () => Promise<void>): void {
  testWhere({ name, missing: slowPolicies.includes(policy) ? slow : undefined, fn });
}

for (const policy of policyNames) {
  for (const { name, ...options } of cases) {
    testPolicy(
      policy,
      `${policy}: sampler and evaluator give the same log-probabilities: ${name}`,
      async () => {
        await using open = await openPolicy(policy, options);
        const eosIds = options.eosIds ?? open.policy.eosIds;
        const completions = await open.engine.sample(requests, stream(11));
        for (const [i, completion] of completions.entries()) {
          const { prompt, response } = idsOf(completion);
          assert.deepEqual(prompt, prompts[i], "a prompt comes back unchanged");
          const { min, max } = requests[i]!.limits;
          const end = response.findIndex((id) => eosIds.includes(id));
          assert.equal(response.length, end < 0 ? max : end + 1, "up to EOS or the limit");
          assert.ok(end < 0 || end >= min, "no EOS before the minimum length");
          assert.equal(completion.ended, end >= 0);
          assert.equal(completion.logProbs.length, response.length);
        }
        const { logProbs } = await open.engine.evaluate(completions, { whose: "policy" });
        assertRowsNear(completions.map((each) => each.logProbs), logProbs, {
          tolerance: 1e-4,
          what: "log-probabilities",
        });
      },
    );
  }

  Deno.test(`${policy}: greedy completions are those of transformers, whatever the rule`, async () => {
    const { greedy } = await readGoldenPolicy(policy);
    await using open = await openPolicy(policy, { rule: { ...free, topK: 3, topP: 0.9 } });
    const requests = greedy.map(({ prompt, max }) => requestOf(prompt, { min: 0, max }));
    const completions = await open.engine.sample(requests, stream(1), "greedy");
    assert.deepEqual(
      completions.map(({ ids, promptLength }) => [...ids.subarray(promptLength)]),
      greedy.map((each) => each.response),
    );
  });

  Deno.test(`${policy}: with top-k 1 the sampler generates what transformers' greedy search does`, async () => {
    const { greedy } = await readGoldenPolicy(policy);
    await using open = await openPolicy(policy, { rule: { ...free, topK: 1 } });
    const written = await open.engine.sample(
      greedy.map(({ prompt, max }) => requestOf(prompt, { min: 0, max })),
      stream(1),
    );
    assert.deepEqual(
      written.map((each) => idsOf(each).response),
      greedy.map((each) => each.response),
    );
  });
}

Deno.test("a seed gives the same completions bit for bit, and another seed others", async () => {
  const written = async (seed: number) => {
    await using open = await openPolicy("llama");
    return await open.engine.sample(requests, stream(seed));
  };
  const [first, again, other] = [await written(1), await written(1), await written(2)];
  assert.deepEqual(again, first);
  assert.notDeepEqual(other, first);
});

Deno.test("a completion does not depend on the others in its batch", async () => {
  await using open = await openPolicy("gpt2");
  const alike = { ...requests[0]!, limits: { min: 0, max: 6 } };
  const beside = (other: SampleRequest) => open.engine.sample([alike, other], stream(3));
  const [short, long] = [
    await beside(requestOf([4], { min: 0, max: 6 })),
    await beside(requestOf([9, 9, 9], { min: 6, max: 6 })),
  ];
  assert.deepEqual(short[0]!.ids, long[0]!.ids);
  // How much is read at once depends on the shortest prompt, and with it the order of sums.
  assertRowsNear([short[0]!.logProbs], [long[0]!.logProbs], {
    tolerance: 1e-5,
    what: "log-probabilities",
  });
});

Deno.test("the first token follows the model's distribution, at any temperature", async () => {
  for (const temperature of [1, 0.7]) {
    await using open = await openPolicy("llama", { temperature, minibatch: 96 });
    const prompt = prompts[2]!;
    const { logProbs } = await open.engine.evaluate(
      Array.from({ length: 96 }, (_, id) => ({
        ids: Int32Array.from([...prompt, id]),
        promptLength: prompt.length,
      })),
      { whose: "policy" },
    );
    const request = requestOf(prompt, { min: 0, max: 1 });
    const written = await open.engine.sample(
      Array.from({ length: 3000 }, () => request),
      stream(8),
    );
    const tokens = written.map((each) => idsOf(each).response[0]!);
    assertDrawnFrom(tokens, probabilitiesOf(logProbs.map(([each]) => each!)));
  }
});

/** How many tokens per sequence a sampler with many EOS ids generates. */
async function generatedBy(open: OpenPolicy, wanted: readonly SampleRequest[]): Promise<number> {
  const options = { batch: wanted.length, rule: free, eosIds: manyEosIds };
  const { graph, weights } = samplerGraph(open.policy.model, options);
  await open.runtime.load("mine", graph);
  const use = viewsOf(weights, { parameters: open.engine.layout });
  const { outputs } = await open.runtime.run("mine", feedsOf(wanted, stream(5)), { use });
  assert.deepEqual(outputs["tokens"]!.dims, outputs["log_probs"]!.dims);
  assert.equal(outputs["tokens"]!.dims[1], wanted.length);
  return outputs["tokens"]!.dims[0]!;
}

Deno.test("sampling stops once all sequences have ended, and not before", async () => {
  await using open = await openPolicy("llama", { eosIds: manyEosIds });
  const endless = requestOf([60, 61, 62], { min: 40, max: 40 });
  const short = prompts.map((prompt) => requestOf(prompt, { min: 0, max: 40 }));
  const generated = await generatedBy(open, short);
  const completions = await open.engine.sample(short, stream(5));
  const longest = Math.max(...completions.map(({ ids }) => ids.length - 1)); // after the prefix of one token
  assert.ok(completions.every(({ ended }) => ended));
  assert.equal(generated, longest, "not a step more than the longest completion needs");
  assert.ok(generated < 30);
  assert.equal(await generatedBy(open, [...short, endless]), 42);
});

Deno.test("a completion of one token, and one of none", async () => {
  await using open = await openPolicy("gpt2");
  const [one, none] = await open.engine.sample([
    requestOf([5], { min: 0, max: 1 }),
    requestOf([5, 6], { min: 0, max: 0 }),
  ], stream(1));
  assert.equal(one!.ids.length, 2);
  assert.deepEqual(none, {
    ids: Int32Array.of(5, 6),
    promptLength: 2,
    ended: false,
    minLength: 0,
    logProbs: new Float64Array(),
  });
});

Deno.test("a sampler takes each weight of the policy once and none of the critic", async () => {
  await using open = await openPolicy("llama-tied-biased", { critic: "separate" });
  const { graph, weights } = samplerGraph(open.policy.model, { batch: 3, rule: free, eosIds: [2] });
  assert.deepEqual(findings(graph), []);
  const own = [...open.engine.layout.places].filter(([, { offset }]) => {
    return offset < open.engine.layout.policySize;
  });
  assert.deepEqual([...weights.taken.keys()].toSorted(), own.map(([name]) => name).toSorted());
  assert.deepEqual([...graph.outputs].map(([name, value]) => `${name} ${describe(value)}`), [
    "tokens int32[?, 3]",
    "log_probs float32[?, 3]",
  ]);
});

Deno.test("a policy whose rotary angles depend on the final length cannot be sampled", () => {
  const model = languageModelOf({
    architectures: ["LlamaForCausalLM"],
    vocab_size: 10,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    rope_scaling: { rope_type: "dynamic", factor: 2 },
  });
  assert.throws(() => samplerGraph(model, { batch: 1, rule: free, eosIds: [2] }), {
    name: "TypeError",
    message: /angles depend on the length$/,
  });
});
