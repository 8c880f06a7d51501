import assert from "node:assert/strict";
import {
  adaptedConfig,
  adaptedTensors,
  openAdapter,
  refuseTiedHead,
} from "../../src/adapters/adapter.ts";
import { AdaptedLedger } from "../../src/adapters/adapted_ledger.ts";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { openCheckpoint } from "../../src/weights/open.ts";
import { Ledger } from "../../src/weights/ledger.ts";
import { tinyConfig, tinyModel, tinyTensors } from "../model/tiny_model.ts";
import type { TestTensor } from "../support/checkpoint.ts";
import { tinyAdapter, tinyAdapterConfig, tinyAdapterTensors } from "./tiny_adapter.ts";

/** What becomes of the tiny model with an adapter. */
async function adapted(
  { config, tensors }: { config?: Record<string, unknown>; tensors?: readonly TestTensor[] },
) {
  await using base = await tinyModel();
  await using adapter = await tinyAdapter({
    ...(config === undefined ? {} : { config: tinyAdapterConfig(config) }),
    ...(tensors === undefined ? {} : { tensors }),
  });
  return await readBlueprint(adapter.path, { base: base.path });
}

Deno.test("every tensor of base and adapter is accounted for", async () => {
  const { inventory, ignored, notes } = await adapted({});
  assert.equal(inventory.tensors, tinyTensors().length + 4);
  assert.deepEqual(ignored.map(({ tensor: { name }, reason }) => [name, reason]), [
    ["score.weight", "the adapter has another in its place"],
  ]);
  assert.match(notes.join(), /1 tensor not read, as the adapter has another in its place/);
});

Deno.test("an adapter's tensor that nothing uses is refused by name", async () => {
  const extra: [string, number[], Record<string, unknown>][] = [
    ["base_model.model.lm_head.lora_A.weight", [2, 8], { target_modules: ["q_proj", "lm_head"] }],
    ["base_model.model.model.layers.2.input_layernorm.weight", [8, 1], {}],
  ];
  for (const [name, shape, config] of extra) {
    const more: TestTensor = { name, shape, data: new Array(shape[0]! * shape[1]!).fill(0) };
    const pair = name.includes("lora_A")
      ? [more, { ...more, name: name.replace("lora_A", "lora_B"), shape: [8, 2] }]
      : [more];
    await assert.rejects(adapted({ config, tensors: [...tinyAdapterTensors(), ...pair] }), {
      kind: "bad_model",
      message: /base model has no use for .* of the adapter: received "base_model\.model\./,
    });
  }
});

Deno.test("what adapter_config.json and the tensors say has to agree", async () => {
  const cases: [Parameters<typeof adapted>[0], RegExp][] = [
    [{ config: { r: 3 } }, /lora_A\.weight" must have the shape \[3, 8\], after adapter_config/],
    [{ config: { target_modules: ["k_proj"] } }, /does not name a module that it adapts.*q_proj/],
    [
      { config: { target_modules: ["q_proj", "v_proj"] } },
      /lacks "model\.layers\.0\.self_attn\.v_proj", which "target_modules" names/,
    ],
    [
      { tensors: tinyAdapterTensors().slice(0, 4) },
      /lacks "score\.weight", which "modules_to_save" and "task_type" name/,
    ],
    [
      {
        tensors: [...tinyAdapterTensors(), {
          name: "base_model.model.model.layers.0.self_attn.q_proj.lora_B.bias",
          shape: [8],
          data: new Array(8).fill(1),
        }],
      },
      /does not name a module that it adapts.*received "[^"]+q_proj\.lora_B\.bias"/,
    ],
    [{ config: { modules_to_save: ["model.norm"] } }, /lacks "model\.norm\.weight"/],
    [
      {
        tensors: tinyAdapterTensors().map(({ data: _, ...tensor }) => ({
          ...tensor,
          data: new Array(16).fill(1).slice(0, tensor.shape[0]! * tensor.shape[1]!),
          dtype: "int64" as const,
        })),
      },
      /must be float64, float32, float16 or bfloat16: received int64/,
    ],
    [
      {
        config: { target_modules: ["q_proj", "embed_tokens"] },
        tensors: [
          ...tinyAdapterTensors(),
          ...["A", "B"].map((part) => ({
            name: `base_model.model.model.embed_tokens.lora_${part}.weight`,
            shape: part === "A" ? [2, 6] : [8, 2],
            data: new Array(part === "A" ? 12 : 16).fill(0),
          })),
        ],
      },
      /"model\.embed_tokens" is a linear layer in one and a table of embeddings in the other/,
    ],
  ];
  for (const [change, message] of cases) {
    await assert.rejects(adapted(change), { kind: "bad_model", message });
  }
});

Deno.test("a ledger gives the adapter's tensors, and the base model's where there is none", async () => {
  await using base = await tinyModel();
  await using directory = await tinyAdapter();
  const [checkpoint, adapter] = [
    await openCheckpoint(base.path),
    await openAdapter(directory.path),
  ];
  const ledger = new AdaptedLedger(new Ledger(checkpoint), adapter);
  assert.equal(ledger.has("score.weight"), true);
  assert.equal(ledger.take("score.weight", [1, 8]).file, adapter.source);
  assert.equal(ledger.take("model.norm.weight", [8]).file, checkpoint.source);
  const update = ledger.update("model.layers.1.self_attn.q_proj", {
    kind: "linear",
    inputs: 8,
    outputs: 8,
  });
  assert.equal(update?.scale, 2);
  assert.deepEqual([update?.down.shape, update?.up.shape], [[2, 8], [8, 2]]);
  assert.equal(
    ledger.update("model.layers.1.self_attn.k_proj", { kind: "linear", inputs: 8, outputs: 4 }),
    undefined,
  );
  const tensors = adaptedTensors(adapter, checkpoint.tensors);
  assert.equal(tensors.get("score.weight")?.file, adapter.source);
});

Deno.test("labels and vocabulary are those of the stored head and table", async () => {
  await using directory = await tinyAdapter({
    tensors: [
      { name: "base_model.model.score.weight", shape: [3, 8], data: new Array(24).fill(1) },
      { name: "base_model.model.model.embed_tokens.weight", shape: [9, 8], data: new Array(72) },
    ],
  });
  const adapter = await openAdapter(directory.path);
  const { num_labels, id2label, vocab_size } = adaptedConfig(adapter, tinyConfig());
  assert.deepEqual([num_labels, id2label, vocab_size], [3, undefined, 9]);
  const named = { id2label: { 0: "a", 1: "b", 2: "c" } };
  assert.deepEqual(adaptedConfig(adapter, named), { ...named, vocab_size: 9 });
});

Deno.test("a table that is saved as a whole is not taken for the head that is tied to the base model's", async () => {
  const [table, head] = ["model.embed_tokens", "linear model.embed_tokens, row 0"];
  await using plain = await tinyAdapter();
  refuseTiedHead(await openAdapter(plain.path), table, head);
  await using whole = await tinyAdapter({
    config: tinyAdapterConfig({ modules_to_save: ["embed_tokens"] }),
  });
  const adapter = await openAdapter(whole.path);
  refuseTiedHead(adapter, table, "linear score");
  assert.throws(() => refuseTiedHead(adapter, table, head), {
    kind: "bad_model",
    message: /holds a copy of the table that the head is tied to.*received "model\.embed_tokens"$/,
  });
});
