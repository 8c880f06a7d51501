import assert from "node:assert/strict";
import { heavyShare } from "../../src/engine/profile.ts";

const node = (op_name: string, provider: string) => ({ cat: "Node", args: { op_name, provider } });

Deno.test("the share counts heavy nodes only", () => {
  const profile = [
    { cat: "Session" },
    node("Gemm", "WebGpuExecutionProvider"),
    node("MatMul", "WebGpuExecutionProvider"),
    node("Softmax", "CPUExecutionProvider"),
    node("Gemm", "WebGpuExecutionProvider"),
    node("Shape", "CPUExecutionProvider"), // light: the CPU does it on every device
  ];
  assert.equal(heavyShare(profile, "webgpu"), 0.75);
  assert.equal(heavyShare(profile, "cpu"), 0.25);
});

Deno.test("a profile without heavy nodes has nothing on the device", () => {
  assert.equal(heavyShare([node("Gather", "CUDAExecutionProvider")], "cuda"), 0);
});
