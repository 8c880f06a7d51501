import assert from "node:assert/strict";
import { adapterFindings, adapterLines } from "../../src/cli/adapter_findings.ts";
import type { ModelFiles } from "../../src/model/model_files.ts";

/** Two modules of unlike rank, and a head in place of the base model's. */
const files = {
  model: "models/base",
  adapter: {
    tensors: {
      matrices: new Map([
        ["q_proj", { up: { shape: [16, 8] } }],
        ["v_proj", { up: { shape: [16, 4] } }],
      ]),
      saved: new Map([["score.weight", {}]]),
    },
  },
} as unknown as ModelFiles;

Deno.test("an adapter's base, modules, ranks and saved tensors are found and told", () => {
  const findings = adapterFindings(files);
  assert.deepEqual(findings, {
    base: "models/base",
    adapter: { modules: 2, ranks: [4, 8], saved: ["score.weight"] },
  });
  assert.deepEqual([...adapterLines(findings)], [
    ["base model", "models/base"],
    ["adapter", "2 modules of rank 4, 8; 1 tensor in place of the base model's"],
  ]);
});

Deno.test("nothing is found where there is no adapter", () => {
  const { adapter: _, ...whole } = files;
  assert.deepEqual(adapterFindings(whole as ModelFiles), {});
  assert.deepEqual([...adapterLines({})], []);
});
