import assert from "node:assert/strict";
import { cudaDriver } from "../../src/cuda/driver.ts";
import { testWhere } from "../support/test_where.ts";

/** The words of the driver's absence, or none. */
function failure(): string | undefined {
  try {
    cudaDriver();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

testWhere({
  name: "where there is no driver its library is named",
  missing: failure() === undefined ? "this machine has a driver" : undefined,
  fn: () => assert.match(failure()!, /libcuda\.so\.1|NVIDIA's driver answers/),
});

testWhere({
  name: "a driver tells its version, and the names and memory of its GPUs",
  missing: failure(),
  fn() {
    const { cuda, devices } = cudaDriver();
    assert.match(cuda, /^\d+\.\d$/);
    for (const { name, totalBytes, freeBytes } of devices) {
      assert.ok(name.length > 0 && totalBytes > 1e9);
      assert.ok(freeBytes === undefined || freeBytes <= totalBytes);
    }
  },
});
