import assert from "node:assert/strict";
import { candidates, firstWorking, partsOf, remedyOf } from "../../src/engine/devices.ts";
import { AbacusError } from "../../src/errors.ts";

Deno.test("only auto has more than one candidate, and without a GPU not even that", () => {
  assert.deepEqual(candidates("cuda", false), ["cuda"]);
  assert.deepEqual(candidates("auto", false), ["cpu"]);
  assert.deepEqual(candidates("auto", true), ["cuda", "webgpu", "cpu"]);
});

Deno.test("the first device that works is taken", async () => {
  const tried: string[] = [];
  const taken = await firstWorking(["cuda", "webgpu", "cpu"], (device) => {
    tried.push(device);
    return device === "cuda" ? Promise.reject(new Error("no library")) : Promise.resolve(device);
  });
  assert.equal(taken, "webgpu");
  assert.deepEqual(tried, ["cuda", "webgpu"]);
});

Deno.test("a device that does not work says why and what to install", async () => {
  const failing = firstWorking(
    ["cuda"],
    () => Promise.reject(new Error("libcudart\n  is missing")),
  );
  await assert.rejects(failing, (error: AbacusError) => {
    assert.equal(error.kind, "bad_device");
    assert.match(error.message, /"cuda": libcudart is missing/);
    assert.ok(error.message.includes(remedyOf("cuda")));
    return true;
  });
});

Deno.test("an error of the closed set is not taken for a device that does not work", async () => {
  const broken = new AbacusError("model_failure", "Cannot run");
  await assert.rejects(firstWorking(["webgpu", "cpu"], () => Promise.reject(broken)), broken);
});

Deno.test("a place is a device, and the number of a GPU where it has one", () => {
  assert.deepEqual(partsOf("cuda:1"), { device: "cuda", deviceId: 1 });
  assert.deepEqual(partsOf("cuda"), { device: "cuda" });
  assert.deepEqual(candidates("cuda:1", false), ["cuda:1"]);
});

Deno.test("the remedy for CUDA names the files that are missing and the command that brings them", () => {
  assert.equal(
    remedyOf("cuda", () => ["libcublas.so.13", "libcurand.so.10"]),
    "bring libcublas.so.13, libcurand.so.10 with `deno task cuda:install`",
  );
  assert.match(
    remedyOf("cuda", () => []),
    /install NVIDIA's driver, 580 or newer/,
  );
});
