import assert from "node:assert/strict";
import { areDevices, devicesOf } from "../../src/engine/device_list.ts";

Deno.test("devices are written with commas, GPUs of CUDA with their number", () => {
  const right = ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "cpu,cpu", "cuda:0, cuda:1,cpu"];
  const wrong = ["", "gpu", "cuda:", "cuda:x", "cuda:123", "cpu:1", "cpu,", ",cpu", "cpu cpu"];
  for (const text of right) assert.ok(areDevices(text), text);
  for (const text of wrong) assert.ok(!areDevices(text), text);
  assert.ok(!areDevices(Array(65).fill("cpu").join()));
  assert.deepEqual(devicesOf("cuda:0, cuda:1,cpu"), ["cuda:0", "cuda:1", "cpu"]);
});
