import assert from "node:assert/strict";
import { integralOf } from "../../../src/engine/passes/path.ts";

/**
 * A pass whose score is the sum of the squares of what tokens have come, each times its id: the gradient at a
 * share a is 2 a id, whose integral is id.
 */
function squares(limits = {}) {
  const runs: number[] = [];
  const options = {
    rule: { fewest: 2, most: 16, residual: 1e-3, change: Infinity },
    limits: { perToken: 1, perPair: 0, numbers: 1e9, tokens: 1e9, ...limits },
    ask(feeds: Record<string, { readonly data: unknown }>) {
      const ids = feeds.ids!.data as Int32Array;
      const share = feeds.share!.data as Float32Array;
      runs.push(ids.length);
      const data = Float32Array.from(
        Array.from(ids, (id, at) => [2 * share[at]! * id, share[at]! ** 2 * id]).flat(),
      );
      return Promise.resolve({ data, dims: [ids.length, 2] });
    },
  };
  return { options, runs };
}

const sequence = { ids: Int32Array.of(5, 1, 2, 7), pool: [3], moved: [1, 3] as const };

Deno.test("tokens that move bring their integral, and what all gain is the difference of both ends", async () => {
  const { options, runs } = squares();
  const { numbers, points } = await integralOf(sequence, options);
  // The trapezium rule is exact for a gradient that grows evenly.
  assert.deepEqual([...numbers], [0, 0, 1, 1, 2, 2, 0, 0]);
  assert.deepEqual([points, runs], [3, [12]]);
});

Deno.test("all tokens move where none are named", async () => {
  const { options } = squares();
  const { numbers } = await integralOf({ ids: sequence.ids, pool: [3] }, options);
  assert.deepEqual([...numbers], [5, 5, 1, 1, 2, 2, 7, 7]);
});

/** A pass whose gradient is 4 a^3, whose sums are off by 1 / steps^2. */
function cubes(residual: number) {
  const shares: number[][] = [];
  const { options } = squares();
  const rule = { ...options.rule, residual };
  const ask = (feeds: Record<string, { readonly data: unknown }>) => {
    const share = feeds.share!.data as Float32Array;
    shares.push([...share]);
    const data = Float32Array.from(Array.from(share, (a) => [4 * a ** 3, a ** 4]).flat());
    return Promise.resolve({ data, dims: [share.length, 2] });
  };
  return { options: { ...options, rule, ask }, shares };
}

Deno.test("steps are halved until the residual is small, and points that are known are not computed again", async () => {
  const { options, shares } = cubes(0.1);
  const { numbers, points } = await integralOf({ ids: Int32Array.of(1), pool: [0] }, options);
  assert.deepEqual(shares, [[0, 0.5, 1], [0.25, 0.75]]);
  assert.deepEqual([[...numbers], points], [[1 + 1 / 16, 1], 5]);
});

Deno.test("a sum that is right by chance does not end it while tokens still change", async () => {
  const { options } = cubes(Infinity);
  const followed = async (change: number) => {
    const rule = { ...options.rule, change };
    const { points } = await integralOf({ ids: Int32Array.of(1), pool: [0] }, { ...options, rule });
    return points;
  };
  // One step finds 2, two 1.25, four 1.0625 and eight 1.015625.
  assert.deepEqual(await Promise.all([1, 0.5, 0.1].map(followed)), [3, 5, 9]);
});

Deno.test("there are no more steps than the rule allows, whatever they leave", async () => {
  const { options } = cubes(1e-9);
  const { points } = await integralOf({ ids: Int32Array.of(1), pool: [0] }, options);
  assert.equal(points, 17);
});

Deno.test("numbers that are none end it at once", async () => {
  const { options } = squares();
  const ask = () => Promise.resolve({ data: new Float32Array(6).fill(NaN), dims: [3, 2] });
  const { points } = await integralOf({ ids: Int32Array.of(1), pool: [0] }, { ...options, ask });
  assert.equal(points, 3);
});

Deno.test("points that do not fit into memory together are computed one after the other", async () => {
  const { options, runs } = squares({ tokens: 8 });
  const { numbers } = await integralOf(sequence, options);
  assert.deepEqual(runs, [8, 4]);
  assert.deepEqual([...numbers], [0, 0, 1, 1, 2, 2, 0, 0]);
});
