import assert from "node:assert/strict";
import { sampleInGroups } from "../../../src/ppo/graphs/grouped_sampling.ts";
import type { Completion } from "../../../src/ppo/graphs/sampler_feeds.ts";
import { assertRowsNear, openPolicy, requestOf, stream } from "../golden_policy.ts";

Deno.test("groups are padded, and their completions come back in the order of the requests", async () => {
  const lengths = [40, 41, 2, 40, 3, 42, 2];
  const requests = lengths.map((length, i) =>
    requestOf(new Array(length).fill(i), { min: 1, max: 4 })
  );
  const sizes: number[] = [];
  const completions = await sampleInGroups(requests, stream(1), (group) => {
    sizes.push(group.length);
    return Promise.resolve(group.map(({ request: { prompt } }) => ({ ids: prompt }) as Completion));
  });
  assert.deepEqual(completions.map(({ ids }) => ids), requests.map(({ prompt }) => prompt));
  assert.deepEqual(sizes, [4, 4], "of three and of four");
});

Deno.test("a completion is the same in a group and among prompts of any length", async () => {
  await using open = await openPolicy("llama");
  const long = [30, 31, 33].map((length, i) =>
    requestOf(Array.from({ length }, (_, t) => (7 * t + i) % 96), { min: 0, max: 5 })
  );
  const short = requestOf([5, 9], { min: 0, max: 5 });
  const divided = await open.engine.sample([long[0]!, short, long[1]!, long[2]!], stream(3));
  // As far as the random numbers of the same places go: all requests, in groups of their own.
  const middle = requestOf(long[0]!.prompt.subarray(0, 29) as unknown as number[], short.limits);
  const together = await open.engine.sample([long[0]!, middle, long[1]!, long[2]!], stream(3));
  for (const i of [0, 2, 3]) {
    assert.deepEqual(divided[i]!.ids, together[i]!.ids);
    assertRowsNear([divided[i]!.logProbs], [together[i]!.logProbs], {
      tolerance: 1e-4,
      what: "log-probabilities",
    });
  }
  const { logProbs } = await open.engine.evaluate(divided, { whose: "policy" });
  assertRowsNear(divided.map((each) => each.logProbs), logProbs, {
    tolerance: 1e-4,
    what: "log-probabilities",
  });
});
