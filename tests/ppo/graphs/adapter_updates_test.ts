import assert from "node:assert/strict";
import { join } from "node:path";
import { openAdapter } from "../../../src/adapters/adapter.ts";
import { AdaptedLedger } from "../../../src/adapters/adapted_ledger.ts";
import { adapterUpdates } from "../../../src/ppo/graphs/adapter_updates.ts";
import { Ledger } from "../../../src/weights/ledger.ts";
import { safetensors, temporaryDirectory, type TestTensor } from "../../support/checkpoint.ts";
import { openAdapted, savedAdapter } from "../adapted_policy.ts";
import { openPolicy } from "../golden_policy.ts";

Deno.test("the matrices of every adapted layer are found by its name, with its shape and scale", async () => {
  await using folder = await temporaryDirectory();
  await using open = await openAdapted("gpt2", { settings: { modules: ["c_attn", "mlp.c_proj"] } });
  const directory = await savedAdapter(open, folder.path);
  const { policy: { checkpoint, model } } = open;
  const base = new Ledger(checkpoint, { prefix: model.trunk.prefix });
  const found = adapterUpdates(new AdaptedLedger(base, await openAdapter(directory)), model);
  assert.deepEqual(new Set(found.map(({ name }) => name)), open.adapter.layers);
  for (const { name, update: { down, up, scale }, shape } of found) {
    const inputs = name.endsWith("c_attn") ? 16 : 64;
    assert.deepEqual(shape, { inputs, layout: "in-out" }, name);
    assert.deepEqual([down.shape, up.shape[1], scale], [[3, inputs], 3, 2], name);
  }
});

/** A checkpoint of an adapter on queries, keys and values, with other fields and one more tensor. */
async function changed(
  folder: string,
  { config, tensor }: { config: Record<string, unknown>; tensor: TestTensor },
): Promise<string> {
  await using open = await openAdapted("gpt2", { settings: { modules: ["c_attn"] } });
  const directory = await savedAdapter(open, folder);
  const path = join(directory, "adapter_config.json");
  const before = JSON.parse(await Deno.readTextFile(path));
  await Deno.writeTextFile(path, JSON.stringify({ ...before, ...config }));
  const { tensors: { matrices } } = await openAdapter(directory);
  const zeros = [...matrices.values()].flatMap(({ down, up }) => [down, up]).map(
    ({ name, shape }) => ({ name, shape, data: new Float32Array(shape[0]! * shape[1]!) }),
  );
  const file = join(directory, "adapter_model.safetensors");
  await Deno.writeFile(file, safetensors([...zeros, tensor]));
  return directory;
}

Deno.test("an adapter that adds to biases is refused, and one that is the head's table as well", async () => {
  await using folder = await temporaryDirectory();
  const at = "base_model.model.transformer";
  const biased = await changed(folder.path, {
    config: { lora_bias: true },
    tensor: { name: `${at}.h.0.attn.c_attn.lora_B.bias`, shape: [48], data: new Float32Array(48) },
  });
  await assert.rejects(openPolicy(biased), {
    kind: "bad_model",
    message: /an adapter that adds to biases: received "[^"]*h\.0\.attn\.c_attn\.lora_B\.bias"/,
  });
  const table = { name: `${at}.wte.weight`, shape: [96, 16], data: new Float32Array(96 * 16) };
  const copied = await changed(folder.path, {
    config: { modules_to_save: ["wte"] },
    tensor: table,
  });
  await assert.rejects(openPolicy(copied), {
    kind: "bad_model",
    message: /a copy of the table that the head is tied to.*received "transformer\.wte"/,
  });
});
