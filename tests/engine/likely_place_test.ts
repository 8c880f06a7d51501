import assert from "node:assert/strict";
import { likelyPlace } from "../../src/engine/likely_place.ts";

const machine = (gpu: boolean, cuda: boolean) => ({ gpuSeen: () => gpu, cudaReady: () => cuda });

Deno.test("auto comes to CUDA where its provider and driver are there, else to WebGPU, without a GPU to the CPU", () => {
  assert.equal(likelyPlace("auto", machine(true, true)), "cuda");
  assert.equal(likelyPlace("auto", machine(true, false)), "webgpu");
  assert.equal(likelyPlace("auto", machine(false, true)), "cpu");
});

Deno.test("a place that is named is taken as it is", () => {
  for (const place of ["cpu", "webgpu", "cuda", "cuda:1"] as const) {
    assert.equal(likelyPlace(place, machine(false, false)), place);
  }
});

Deno.test("on this machine it is a device that there is", () => {
  assert.match(likelyPlace("auto"), /^(cpu|webgpu|cuda)$/);
});
