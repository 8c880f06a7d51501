import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testWhere } from "../support/test_where.ts";

/** Debian's chromium ships a Vulkan driver in software and the loader for it. */
const FOLDER = "/usr/lib/chromium";
const ICD = `${FOLDER}/vk_swiftshader_icd.json`;

function missing(): string | undefined {
  try {
    Deno.statSync(ICD);
    return undefined;
  } catch {
    return `no SwiftShader at ${ICD}; it comes with Debian's package chromium`;
  }
}

/** What a probe prints on the software device, a value per line. */
async function probe(name: string, ...models: string[]) {
  const path = fileURLToPath(new URL(name, import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", path, ...models],
    env: { LD_LIBRARY_PATH: FOLDER, VK_ICD_FILENAMES: ICD },
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
}

testWhere({
  name: "webgpu runs the same graphs with the CPU's numbers, all heavy nodes on the device",
  missing: missing(),
  fn: async () => {
    const lines = await probe("./webgpu_probe.ts", "llama", "llama-biased-sharded", "gpt2");
    assert.equal(lines.length, 3);
    for (const { name, facts, logits, attention } of lines) {
      assert.equal(facts.device, "webgpu");
      assert.equal(facts.onDevice, 1, `${name}: share of heavy nodes on the device`);
      assert.ok(logits < 1e-3, `${name}: logits differ by ${logits}`);
      assert.ok(attention < 1e-3, `${name}: attention differs by ${attention}`);
    }
  },
});

testWhere({
  name: "webgpu reads residents and replaces them, of extents that are known or not",
  missing: missing(),
  fn: async () => {
    const lines = await probe("./webgpu_state_probe.ts");
    assert.deepEqual(lines, [
      { device: "webgpu", state: [1.75, 2, 2.25], views: [[4, 8], [4, 6], [4, 5]] },
      { device: "webgpu", state: [1.75, 2, 2.25], views: [[4, 8], [4, 6], [4, 5]] },
    ]);
  },
});
