import assert from "node:assert/strict";
import { gpuModels, gpuModelsInForms, probe, testOnGpus } from "../support/gpus.ts";

const base = import.meta.url;

testOnGpus(
  "runs the same graphs with the CPU's numbers, all heavy nodes on the device",
  async (gpu) => {
    const words = [...gpuModels, ...gpuModelsInForms(gpu)];
    const lines = await probe(gpu, { path: "./gpu_probe.ts", base, words });
    assert.equal(lines.length, words.length);
    for (const { name: model, form, facts, logits, attention, attribution } of lines) {
      const name = `${model}, ${form}`;
      assert.equal(facts.device, gpu.device);
      assert.equal(facts.onDevice, 1, `${name}: share of heavy nodes on the device`);
      assert.ok(logits < 1e-3, `${name}: logits differ by ${logits}`);
      assert.ok(attention < 1e-3, `${name}: attention differs by ${attention}`);
      assert.ok(attribution < 1e-3, `${name}: gradients differ by ${attribution}`);
    }
  },
);

testOnGpus(
  "reads and replaces persistent tensors of known and unknown dims",
  async (gpu) => {
    const lines = await probe(gpu, { path: "./gpu_state_probe.ts", base });
    const { device } = gpu;
    assert.deepEqual(lines, [
      { device, state: [1.75, 2, 2.25], views: [[4, 8], [4, 6], [4, 5]] },
      { device, state: [1.75, 2, 2.25], views: [[4, 8], [4, 6], [4, 5]] },
    ]);
  },
);
