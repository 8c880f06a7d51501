import assert from "node:assert/strict";
import fc from "fast-check";
import {
  completionsOf,
  drawUniforms,
  responseLength,
  type SampleRequest,
  samplerFeeds,
} from "../../../src/ppo/graphs/sampler_feeds.ts";
import { requestOf, stream } from "../golden_policy.ts";

const request: fc.Arbitrary<SampleRequest> = fc.record({
  prompt: fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }),
  min: fc.nat(4),
  max: fc.nat(6),
}).map(({ prompt, min, max }) => requestOf(prompt, { min, max }));

const batches = fc.array(request, { minLength: 1, maxLength: 5 });

/** The feeds of requests, with random numbers of a stream. */
function feedsOf(requests: readonly SampleRequest[], random: ReturnType<typeof stream>) {
  return samplerFeeds(requests, drawUniforms(requests, random));
}

Deno.test("feeds of two prompts, token by token", () => {
  const requests = [
    requestOf([7, 8, 9, 4], { min: 1, max: 2 }),
    requestOf([5, 6], { min: 2, max: 3 }),
  ];
  const { uniform, ...feeds } = feedsOf(requests, stream(1));
  assert.deepEqual(feeds, {
    // Prefill reads as much of both as the shorter prompt has.
    prefix: { data: BigInt64Array.of(2n), dims: [] },
    ids: { data: Int32Array.of(7, 8, 5, 6), dims: [4] },
    positions: { data: Int32Array.of(0, 1, 0, 1), dims: [4] },
    iota: { data: BigInt64Array.of(0n, 1n, 2n, 3n), dims: [4] },
    steps: { data: BigInt64Array.of(3n), dims: [] },
    limits: { data: Int32Array.of(4, 3), dims: [2] },
    // A row per token after the prefix: the token itself, or -1 where one is sampled.
    forced: { data: Int32Array.of(9, -1, 4, -1, -1, -1, -1, -1), dims: [4, 2] },
    // The first sequence is sampled from the third row on, the second from the first.
    early: { data: Float32Array.of(1, 1, 1, 1, 1, 0, 0, 0), dims: [4, 2] },
  });
  assert.deepEqual(uniform!.dims, [4, 2]);
  assert.ok(uniform!.data.every((each) => Number(each) >= 0 && Number(each) < 1));
});

Deno.test("the random numbers of a response do not depend on the prompts", () => {
  const numbers = (...prompts: number[][]) => {
    const requests = prompts.map((prompt) => requestOf(prompt, { min: 0, max: 3 }));
    const { uniform, prefix } = feedsOf(requests, stream(4));
    return prompts.map((prompt, i) =>
      [0, 1, 2].map((response) => {
        const token = prompt.length - Number(prefix!.data[0]) + response;
        return uniform!.data[token * prompts.length + i];
      })
    );
  };
  const found = numbers([1], [1, 2, 3]);
  assert.deepEqual(found, numbers([1, 2, 3, 4], [5, 6]));
  assert.equal(new Set(found.flat()).size, 6);
});

Deno.test("a seed determines the uniform numbers", () => {
  const feeds = (seed: number) => feedsOf([requestOf([1], { min: 0, max: 9 })], stream(seed));
  assert.deepEqual(feeds(1), feeds(1));
  assert.notDeepEqual(feeds(1)["uniform"], feeds(2)["uniform"]);
});

Deno.test("feeds have exactly one row for every token that may be generated", () => {
  fc.assert(fc.property(batches, (requests) => {
    const feeds = feedsOf(requests, stream(1));
    const prefix = Number(feeds["prefix"]!.data[0]);
    assert.equal(prefix, Math.min(...requests.map(({ prompt }) => prompt.length)));
    const count = Number(feeds["steps"]!.data[0]) + 1;
    const needed = requests.map(({ prompt, limits: { max } }) => prompt.length - prefix + max);
    assert.equal(count, Math.max(2, ...needed), "at least one decode step");
    assert.deepEqual([...feeds["limits"]!.data], needed);
    assert.deepEqual(feeds["forced"]!.dims, [count, requests.length]);
    requests.forEach(({ prompt, limits: { min } }, i) => {
      const column = (data: ArrayLike<number | bigint>) =>
        Array.from({ length: count }, (_, token) => Number(data[token * requests.length + i]));
      const own = column(feeds["forced"]!.data).filter((id) => id >= 0);
      const rest = [...prompt.slice(prefix, prefix + count)];
      assert.deepEqual(own, rest, "exactly the rest of the prompt is forced");
      const drawn = column(feeds["early"]!.data).slice(prompt.length - prefix);
      assert.deepEqual(drawn, drawn.map((_, t) => t < min ? 1 : 0));
    });
  }));
});

Deno.test("an empty prompt is an error", () => {
  const empty = [requestOf([], { min: 0, max: 3 })];
  assert.throws(() => feedsOf(empty, stream(1)), RangeError);
});

Deno.test("completions end at EOS or at their limit", () => {
  const requests = [
    requestOf([7, 8, 9], { min: 1, max: 3 }),
    requestOf([5], { min: 0, max: 4 }),
    requestOf([2], { min: 0, max: 1 }), // EOS in a prompt does not end it
  ];
  // A row per token after the prefix of one token.
  const tokens = [[8, 20, 30], [9, 2, 31], [21, 22, 32], [2, 23, 33]];
  const found = completionsOf(requests, {
    tokens: { data: Int32Array.from(tokens.flat()), dims: [4, 3] },
    log_probs: { data: Float32Array.from(tokens.flat(), (id) => -id), dims: [4, 3] },
  }, [2, 3]);
  const expected = [
    { ids: [7, 8, 9, 21, 2], promptLength: 3, ended: true, minLength: 1, logProbs: [-21, -2] },
    { ids: [5, 20, 2], promptLength: 1, ended: true, minLength: 0, logProbs: [-20, -2] },
    { ids: [2, 30], promptLength: 1, ended: false, minLength: 0, logProbs: [-30] },
  ].map((each) => ({
    ...each,
    ids: Int32Array.from(each.ids),
    logProbs: Float64Array.from(each.logProbs),
  }));
  assert.deepEqual(found, expected);
  assert.deepEqual(found.map(responseLength), [2, 2, 1]);
});

Deno.test("for any output, prompts are unchanged and responses keep to their limits", () => {
  const eosIds = [0, 1];
  fc.assert(fc.property(batches, fc.infiniteStream(fc.nat(12)), (requests, ids) => {
    const { steps } = feedsOf(requests, stream(1));
    const dims = [Number(steps!.data[0]) + 1, requests.length];
    const tokens = Int32Array.from({ length: dims[0]! * dims[1]! }, () => ids.next().value!);
    const outputs = {
      tokens: { data: tokens, dims },
      log_probs: { data: Float32Array.from(tokens, (id) => -id), dims },
    };
    completionsOf(requests, outputs, eosIds).forEach((completion, i) => {
      const { prompt, limits } = requests[i]!;
      const response = [...completion.ids.subarray(completion.promptLength)];
      assert.deepEqual(completion.ids.slice(0, completion.promptLength), prompt);
      assert.deepEqual([...completion.logProbs], response.map((id) => -id));
      assert.ok(response.length <= limits.max);
      assert.ok(response.slice(0, -1).every((id) => !eosIds.includes(id)));
      assert.equal(completion.ended, eosIds.includes(response.at(-1) ?? -1));
      assert.ok(completion.ended || response.length === limits.max);
    });
  }));
});

Deno.test("outputs of a sampler that stopped early hold every completion whole", () => {
  const requests = [requestOf([5], { min: 0, max: 9 }), requestOf([6, 7], { min: 0, max: 9 })];
  const found = completionsOf(requests, {
    tokens: { data: Int32Array.of(1, 7, 0, 1), dims: [2, 2] },
    log_probs: { data: Float32Array.of(-1, -2, -3, -4), dims: [2, 2] },
  }, [1]);
  assert.deepEqual(found.map(({ ids }) => [...ids]), [[5, 1], [6, 7, 1]]);
  assert.ok(found.every(({ ended }) => ended));
});
