import assert from "node:assert/strict";
import { join } from "node:path";
import { writePolicy } from "../../../src/ppo/run/policy_directory.ts";
import { readPolicy } from "../../../src/ppo/rollout/policy.ts";
import { openCheckpoint } from "../../../src/weights/open.ts";
import { temporaryDirectory } from "../../support/checkpoint.ts";
import { alteredPolicy } from "../altered_policy.ts";
import { openPolicy } from "../golden_policy.ts";

/** Parameters without equal entries. */
function vector(size: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: size }, (_, i) => Math.sin(i + 1));
}

for (const name of ["llama", "llama-tied-biased", "gpt2"]) {
  Deno.test(`what is written of ${name} is a policy with its weights and tokenizer, without the critic`, async () => {
    await using open = await openPolicy(name, { critic: "separate" });
    await using written = await temporaryDirectory();
    const { policy, engine: { layout } } = open;
    const parameters = vector(layout.size);
    await writePolicy(written.path, { policy, layout, parameters });
    const read = await readPolicy(written.path);
    assert.equal(read.model.name, policy.model.name);
    assert.deepEqual(read.model.trunk.dimensions, policy.model.trunk.dimensions);
    assert.deepEqual(read.eosIds, policy.eosIds);
    assert.deepEqual(await read.text.encode(["the film"]), await policy.text.encode(["the film"]));
    const stored = await openCheckpoint(written.path);
    let numbers = 0;
    for (const { name: tensor, shape, dtype } of stored.tensors.values()) {
      const place = layout.places.get(tensor)!;
      assert.equal(dtype, "float32");
      assert.deepEqual(shape, place.shape);
      const expected = parameters.subarray(place.offset, place.offset + place.length);
      assert.deepEqual(await stored.read(tensor), expected);
      numbers += place.length;
    }
    assert.equal(numbers, layout.policySize);
  });
}

Deno.test("the configuration is copied, with the element type of the stored weights", async () => {
  await using changed = await alteredPolicy("llama", {
    config: { torch_dtype: "bfloat16", my_field: [1, { a: null }] },
    files: { "generation_config.json": { eos_token_id: [2, 5] }, "README.md": "mine" },
  });
  await using open = await openPolicy("llama");
  await using written = await temporaryDirectory();
  const { layout } = open.engine;
  const policy = await readPolicy(changed.path);
  await writePolicy(written.path, { policy, layout, parameters: vector(layout.size) });
  const config = JSON.parse(await Deno.readTextFile(join(written.path, "config.json")));
  const before = JSON.parse(await Deno.readTextFile(join(changed.path, "config.json")));
  assert.deepEqual(config, { ...before, dtype: "float32", torch_dtype: "float32" });
  assert.deepEqual((await readPolicy(written.path)).eosIds, [2, 5]);
  const names = await Array.fromAsync(Deno.readDir(written.path), ({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "config.json",
    "generation_config.json",
    "model.safetensors",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
});
