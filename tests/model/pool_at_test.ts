import assert from "node:assert/strict";
import { architectureOf } from "../../src/architectures/registry.ts";
import { readConfig } from "../../src/model/config_file.ts";
import { pooledAt } from "../../src/model/pool_at.ts";
import { goldenDirectory } from "../support/golden_model.ts";

async function poolingOf(model: string, poolAt?: string) {
  const directory = goldenDirectory(model);
  const architecture = architectureOf(await readConfig(directory));
  return (await pooledAt(architecture, { poolAt, directory })).pooling;
}

Deno.test("without the setting the score is read where the architecture says", async () => {
  assert.deepEqual(await poolingOf("llama"), { lastNot: 0 });
  assert.equal(await poolingOf("bert"), "first");
});

Deno.test("the setting names the last token, that of the end, or any of the vocabulary", async () => {
  assert.equal(await poolingOf("llama", "last"), "last");
  assert.deepEqual(await poolingOf("llama", "last-non-pad"), { lastNot: 0 });
  assert.deepEqual(await poolingOf("llama", "eos"), { named: 2 });
  assert.deepEqual(await poolingOf("llama", "<s>"), { named: 1 });
  assert.deepEqual(await poolingOf("llama", "57"), { named: 57 });
});

Deno.test("the padding of an encoder is its tokenizer's", async () => {
  assert.deepEqual(await poolingOf("bert", "last-non-pad"), { lastNot: 0 });
});

Deno.test("where the model's own code reads before padding, its padding is config.json's too", async () => {
  assert.deepEqual(await poolingOf("inform"), { beforeFirst: 0 });
  assert.deepEqual(await poolingOf("inform", "last-non-pad"), { lastNot: 0 });
});

Deno.test("a head with a gate reads two places, of which the setting names one", async () => {
  await assert.rejects(poolingOf("../heads/armorm", "last"), {
    kind: "bad_usage",
    message:
      "Cannot read the score there as LlamaForRewardModelWithGating reads the end of the prompt as well: " +
      "received --pool-at last",
  });
});

Deno.test("last and ids need no tokenizer files", async () => {
  assert.equal(await poolingOf("mistral", "last"), "last");
  assert.deepEqual(await poolingOf("mistral", "7"), { named: 7 });
  await assert.rejects(poolingOf("mistral", "eos"), { kind: "bad_model" });
});

Deno.test("what the model has no token for is refused", async () => {
  await assert.rejects(poolingOf("bert", "eos"), {
    kind: "bad_usage",
    message: "Cannot read the score there as the tokenizer names no end-of-sequence token: " +
      "received --pool-at eos",
  });
  await assert.rejects(poolingOf("llama", "<|nothing|>"), {
    kind: "bad_usage",
    message:
      "Cannot read the score there as there are last, last-non-pad, eos, the tokens of the vocabulary " +
      "and their ids: received --pool-at <|nothing|>",
  });
  await assert.rejects(poolingOf("llama", "99999"), {
    kind: "bad_usage",
    message: /as the model's token ids go from 0 to \d+: received --pool-at 99999$/,
  });
});
