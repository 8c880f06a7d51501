import assert from "node:assert/strict";
import { examineDevices } from "../../src/engine/examine.ts";
import { threadPort } from "../../src/engine/thread_port.ts";
import { gpuSeen } from "../../src/engine/gpu_seen.ts";
import { testWhere } from "../support/test_where.ts";

testWhere({
  name: "without a GPU the CPU works, and each other device says why not and what to do",
  missing: gpuSeen() ? "this machine shows a GPU" : undefined,
  async fn() {
    const findings = await examineDevices({ port: threadPort });
    assert.deepEqual(findings.map(({ place }) => place), ["cpu", "webgpu", "cuda"]);
    const [cpu, webgpu, cuda] = findings;
    assert.deepEqual([cpu?.works, webgpu?.works, cuda?.works], [true, false, false]);
    assert.ok(cpu!.memory!.totalBytes > cpu!.memory!.freeBytes!);
    assert.match(webgpu!.remedy!, /install a Vulkan driver/);
    assert.match(cuda!.driver!, /libcuda\.so\.1/);
    assert.match(cuda!.remedy!, /`deno task cuda:install`|install NVIDIA's driver/);
    for (const { provider, reason } of [webgpu!, cuda!]) {
      assert.match(provider, /libonnxruntime/);
      assert.ok(!reason!.startsWith("Cannot use the device"), reason);
    }
  },
});

Deno.test("each GPU that the driver counts is a place of its own, with its name and memory", async () => {
  const gpu = { totalBytes: 24e9, freeBytes: 20e9 };
  const driver = () => ({
    version: "580.1",
    cuda: "13.0",
    devices: [{ index: 0, name: "One", ...gpu }, { index: 1, name: "Two", ...gpu }],
  });
  const findings = await examineDevices({ port: threadPort, driver });
  assert.deepEqual(findings.map(({ place }) => place), ["cpu", "webgpu", "cuda:0", "cuda:1"]);
  assert.deepEqual(findings.slice(2).map(({ name }) => name), ["One", "Two"]);
  assert.equal(findings[3]?.driver, "580.1, up to CUDA 13.0");
  assert.equal(findings[3]?.memory?.freeBytes, 20e9);
});
