import assert from "node:assert/strict";
import fc from "fast-check";
import {
  completionsOf,
  responseLength,
  type SampleRequest,
  samplerFeeds,
} from "../../../src/ppo/graphs/sampling.ts";
import { requestOf, stream } from "../golden_policy.ts";

const request: fc.Arbitrary<SampleRequest> = fc.record({
  prompt: fc.array(fc.nat(50), { minLength: 1, maxLength: 6 }),
  min: fc.nat(4),
  max: fc.nat(6),
}).map(({ prompt, min, max }) => requestOf(prompt, { min, max }));

const batches = fc.array(request, { minLength: 1, maxLength: 5 });

Deno.test("a sampler is fed with two prompts token by token", () => {
  const requests = [
    requestOf([7, 8, 9, 4], { min: 1, max: 2 }),
    requestOf([5, 6], { min: 2, max: 3 }),
  ];
  const { uniform, ...feeds } = samplerFeeds(requests, stream(1));
  assert.deepEqual(feeds, {
    // What both prompts have room for is read at once.
    beginning: { data: BigInt64Array.of(2n), dims: [] },
    ids: { data: Int32Array.of(7, 8, 5, 6), dims: [4] },
    positions: { data: Int32Array.of(0, 1, 0, 1), dims: [4] },
    iota: { data: BigInt64Array.of(0n, 1n, 2n, 3n), dims: [4] },
    turns: { data: BigInt64Array.of(3n), dims: [] },
    limits: { data: Int32Array.of(4, 3), dims: [2] },
    // A row per token behind the beginning: the token itself, or -1 where one is drawn.
    forced: { data: Int32Array.of(9, -1, 4, -1, -1, -1, -1, -1), dims: [4, 2] },
    // The first sequence draws from the third of them on, the second from the first.
    early: { data: Float32Array.of(1, 1, 1, 1, 1, 0, 0, 0), dims: [4, 2] },
  });
  assert.deepEqual(uniform!.dims, [4, 2]);
  assert.ok(uniform!.data.every((each) => Number(each) >= 0 && Number(each) < 1));
});

Deno.test("the numbers that a response is drawn by do not hang on the prompts", () => {
  const numbers = (...prompts: number[][]) => {
    const requests = prompts.map((prompt) => requestOf(prompt, { min: 0, max: 3 }));
    const { uniform, beginning } = samplerFeeds(requests, stream(4));
    return prompts.map((prompt, i) =>
      [0, 1, 2].map((response) => {
        const token = prompt.length - Number(beginning!.data[0]) + response;
        return uniform!.data[token * prompts.length + i];
      })
    );
  };
  const found = numbers([1], [1, 2, 3]);
  assert.deepEqual(found, numbers([1, 2, 3, 4], [5, 6]));
  assert.equal(new Set(found.flat()).size, 6);
});

Deno.test("a seed decides the uniform numbers", () => {
  const feeds = (seed: number) => samplerFeeds([requestOf([1], { min: 0, max: 9 })], stream(seed));
  assert.deepEqual(feeds(1), feeds(1));
  assert.notDeepEqual(feeds(1)["uniform"], feeds(2)["uniform"]);
});

Deno.test("feeds have a row for every token that may be written, and no more", () => {
  fc.assert(fc.property(batches, (requests) => {
    const feeds = samplerFeeds(requests, stream(1));
    const beginning = Number(feeds["beginning"]!.data[0]);
    assert.equal(beginning, Math.min(...requests.map(({ prompt }) => prompt.length)));
    const count = Number(feeds["turns"]!.data[0]) + 1;
    const needed = requests.map(({ prompt, limits: { max } }) => prompt.length - beginning + max);
    assert.equal(count, Math.max(2, ...needed), "a loop makes one turn at least");
    assert.deepEqual([...feeds["limits"]!.data], needed);
    assert.deepEqual(feeds["forced"]!.dims, [count, requests.length]);
    requests.forEach(({ prompt, limits: { min } }, i) => {
      const column = (data: ArrayLike<number | bigint>) =>
        Array.from({ length: count }, (_, token) => Number(data[token * requests.length + i]));
      const own = column(feeds["forced"]!.data).filter((id) => id >= 0);
      const rest = [...prompt.slice(beginning, beginning + count)];
      assert.deepEqual(own, rest, "the rest of the prompt, and nothing else, is forced");
      const drawn = column(feeds["early"]!.data).slice(prompt.length - beginning);
      assert.deepEqual(drawn, drawn.map((_, t) => t < min ? 1 : 0));
    });
  }));
});

Deno.test("a prompt of no tokens is a mistake", () => {
  const empty = [requestOf([], { min: 0, max: 3 })];
  assert.throws(() => samplerFeeds(empty, stream(1)), RangeError);
});

Deno.test("completions end at their end, or at their limit", () => {
  const requests = [
    requestOf([7, 8, 9], { min: 1, max: 3 }),
    requestOf([5], { min: 0, max: 4 }),
    requestOf([2], { min: 0, max: 1 }), // begins with an end, which is no end
  ];
  // A row per token behind the first, which is what all prompts have.
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

Deno.test("whatever a sampler writes, prompts come back and responses keep to their limits", () => {
  const ends = [0, 1];
  fc.assert(fc.property(batches, fc.infiniteStream(fc.nat(12)), (requests, ids) => {
    const { turns } = samplerFeeds(requests, stream(1));
    const dims = [Number(turns!.data[0]) + 1, requests.length];
    const tokens = Int32Array.from({ length: dims[0]! * dims[1]! }, () => ids.next().value!);
    const outputs = {
      tokens: { data: tokens, dims },
      log_probs: { data: Float32Array.from(tokens, (id) => -id), dims },
    };
    completionsOf(requests, outputs, ends).forEach((completion, i) => {
      const { prompt, limits } = requests[i]!;
      const response = [...completion.ids.subarray(completion.promptLength)];
      assert.deepEqual(completion.ids.slice(0, completion.promptLength), prompt);
      assert.deepEqual([...completion.logProbs], response.map((id) => -id));
      assert.ok(response.length <= limits.max);
      assert.ok(response.slice(0, -1).every((id) => !ends.includes(id)));
      assert.equal(completion.ended, ends.includes(response.at(-1) ?? -1));
      assert.ok(completion.ended || response.length === limits.max);
    });
  }));
});

Deno.test("a sampler that stopped early has written all of every completion", () => {
  const requests = [requestOf([5], { min: 0, max: 9 }), requestOf([6, 7], { min: 0, max: 9 })];
  const found = completionsOf(requests, {
    tokens: { data: Int32Array.of(1, 7, 0, 1), dims: [2, 2] },
    log_probs: { data: Float32Array.of(-1, -2, -3, -4), dims: [2, 2] },
  }, [1]);
  assert.deepEqual(found.map(({ ids }) => [...ids]), [[5, 1], [6, 7, 1]]);
  assert.ok(found.every(({ ended }) => ended));
});
