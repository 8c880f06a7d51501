/** Which number type is taken on a GPU, why, and what is refused before it is loaded. */

import assert from "node:assert/strict";
import type { AttentionForm } from "../../src/engine/passes/scoring.ts";
import { attentionFormOf } from "../../src/engine/passes/scoring.ts";
import { readFitting } from "../../src/model/fitting_blueprint.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { goldenDirectory } from "../support/golden_model.ts";
import { writeSparseLlama } from "./sparse_llama.ts";
import { halfTensors, tinyModel } from "./tiny_model.ts";

const stored = { bfloat16: goldenDirectory("gemma2"), float32: goldenDirectory("gpt2") };

Deno.test("on CUDA auto takes the half type of the weights, and says so", async () => {
  const { dtype, blueprint, device } = await readFitting(stored.bfloat16, {
    device: "cuda",
    free: () => undefined,
  });
  assert.deepEqual([dtype, device], ["bfloat16", "cuda"]);
  assert.equal(
    blueprint.notes.at(-1),
    "bfloat16 was chosen as most weights are stored in it; --dtype float32 computes in float32",
  );
  assert.equal(blueprint.dtype, "bfloat16");
});

Deno.test("weights in float32 stay so; on WebGPU bfloat16 becomes float32, which has its range", async () => {
  for (const device of ["cuda", "webgpu"] as const) {
    const fitted = await readFitting(stored.float32, { device, free: () => undefined });
    assert.equal(fitted.dtype, "float32");
    assert.ok(!fitted.blueprint.notes.some((note) => note.includes("was chosen")));
  }
  const { dtype } = await readFitting(stored.bfloat16, { device: "webgpu", free: () => undefined });
  assert.equal(dtype, "float32");
});

Deno.test("on WebGPU auto takes float16 where weights are stored in it", async () => {
  await using directory = await tinyModel({ tensors: halfTensors() });
  const options = { device: "webgpu", free: () => undefined } as const;
  const { dtype, blueprint } = await readFitting(directory.path, options);
  assert.equal(dtype, "float16");
  assert.match(blueprint.notes.at(-1)!, /^float16 was chosen as most weights are stored in it/);
});

Deno.test("auto looks for the device that it will come to", async () => {
  const on = async (cuda: boolean) => {
    const machine = { gpuSeen: () => true, cudaReady: () => cuda };
    const { device, dtype } = await readFitting(stored.bfloat16, {
      machine,
      free: () => undefined,
    });
    return [device, dtype];
  };
  assert.deepEqual(await on(true), ["cuda", "bfloat16"]);
  assert.deepEqual(await on(false), ["webgpu", "float32"]);
});

Deno.test("eight billion weights fit into 24 GB in bfloat16, not into 16, and are refused with the numbers", async () => {
  await using directory = await temporaryDirectory();
  await writeSparseLlama(directory.path, "8b");
  const read = (free: number, options = {}) =>
    readFitting(directory.path, { device: "cuda:1", free: () => free, ...options });
  assert.equal((await read(24e9)).dtype, "bfloat16");
  await assert.rejects(read(16e9), {
    kind: "bad_device",
    message:
      "Cannot load the model on cuda:1 as bfloat16 needs 19.2 GB of memory (15.0 GB of weights and 4.2 GB for " +
      `batches of 16384 tokens), and 16.0 GB are free: received ${directory.path}`,
  });
  assert.equal((await read(17e9, { batchTokens: 2048 })).dtype, "bfloat16");
  await assert.rejects(read(24e9, { copies: 2 }), { message: /2 times 15\.0 GB of weights/ });
  await assert.rejects(read(24e9, { dtype: "float32" }), { message: /float32 needs 3\d\.\d GB/ });
});

Deno.test("what is stored in float32 is computed in bfloat16 where only that fits", async () => {
  const read = (free: number) =>
    readFitting(stored.float32, {
      device: "cuda",
      free: () => free,
      batchTokens: 1000,
      attentionBytes: 0,
    });
  assert.equal((await read(6e8)).dtype, "float32");
  const { dtype, blueprint } = await read(5e8 + 1e6);
  assert.equal(dtype, "bfloat16");
  assert.match(blueprint.notes.at(-1)!, /^bfloat16 was chosen as float32 needs .* of memory/);
});

Deno.test("attention is in tiles on a CPU, at once on a GPU, and fused on CUDA in half types", async () => {
  const formOn = async (
    device: "cpu" | "cuda" | "webgpu",
    attention?: AttentionForm,
    dtype?: "float32",
  ) => {
    const options = { device, attention, dtype, free: () => undefined };
    return attentionFormOf((await readFitting(stored.bfloat16, options)).blueprint.graph);
  };
  assert.deepEqual(await Promise.all([formOn("cpu"), formOn("cuda"), formOn("webgpu")]), [
    "tiles",
    "fused",
    "dense",
  ]);
  assert.equal(await formOn("cuda", undefined, "float32"), "dense");
  assert.equal(await formOn("cuda", "dense"), "dense");
  assert.equal(await formOn("cpu", "fused"), "fused");
  await assert.rejects(formOn("webgpu", "fused"), {
    kind: "bad_usage",
    message:
      "Cannot attend in fused operators but on --device cpu, or on cuda in float16 or bfloat16: received " +
      "--device webgpu --dtype auto",
  });
  const wide = { device: "cuda", dtype: "float32", attention: "fused" } as const;
  await assert.rejects(readFitting(stored.bfloat16, wide), { message: /cuda --dtype float32$/ });
});
