import assert from "node:assert/strict";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { notesOf } from "../../src/model/tensor_notes.ts";
import { openGolden, pooledOnly } from "../support/golden_model.ts";
import { respelled, respellings, unchanged } from "../support/respelled_golden.ts";

Deno.test("nothing is said of tensors that are as transformers writes them", async () => {
  assert.deepEqual(notesOf("m", { taken: [], ignored: [], renamed: [] }), []);
  await using directory = await respelled({ base: "llama", ...unchanged });
  assert.deepEqual((await readBlueprint(directory.path)).notes, []);
});

Deno.test("one line names what is called otherwise, what is not read and what is rounded", async () => {
  await using directory = await respelled({
    ...unchanged,
    base: "llama",
    rename: [["^model\\.norm", "norm"], ["^score", "model.score"]],
    add: {
      "lm_head.weight": [160, 16],
      "model.rotary_emb.inv_freq": [2],
      "rotary_emb.inv_freq": [2],
    },
    dtype: "float64",
  });
  const { notes } = await readBlueprint(directory.path);
  assert.equal(notes.length, 1);
  const [file, ...parts] = notes[0]!.split(/: (?=2 tensors under)|; /);
  assert.match(file!, /model\.safetensors$/);
  assert.deepEqual(parts.slice(0, 3), [
    '2 tensors under another name than transformers gives ("norm.weight" for "model.norm.weight", "model.score.weight" for "score.weight")',
    '1 tensor not read, as a head over the vocabulary ("lm_head.weight")',
    '2 tensors not read, as derived frequencies ("model.rotary_emb.inv_freq", "rotary_emb.inv_freq")',
  ]);
  assert.match(parts[3]!, /^30 tensors of float64, rounded \(.* and 22 more\)$/);
});

Deno.test("a trainer's own head may have a bias, which is added", async () => {
  const { ids } = respellings;
  const expected = respellings.cases.find(({ name }) => name === "no architectures")!.logits;
  await using directory = await respelled({
    ...unchanged,
    base: "llama",
    config: { architectures: ["RewardModel"] },
    add: { "score.bias": [1] }, // of 0.5
  });
  const { engine } = await openGolden(directory.path);
  await using _closed = engine;
  const { outputs: [output] } = await engine.run([pooledOnly({ ids })]);
  assert.ok(Math.abs(output!.logits[0]! - expected![0]! - 0.5) < 1e-5);
  await using named = await respelled({ ...unchanged, base: "llama", add: { "score.bias": [1] } });
  await assert.rejects(readBlueprint(named.path), {
    message: /no use for a tensor: .*score\.bias/,
  });
});

Deno.test("a head that OpenRLHF saved under a prefix of its own scores as the same head called score", async () => {
  const { ids } = respellings;
  const expected = respellings.cases.find(({ name }) => name === "no architectures")!.logits;
  for (const prefix of ["value_head", "reward_head"]) {
    await using directory = await respelled({
      ...unchanged,
      base: "llama",
      config: { architectures: ["RewardModel"], value_head_prefix: prefix },
      without: ["id2label", "label2id"],
      rename: [["^score", prefix]],
    });
    const { architecture } = await readBlueprint(directory.path);
    assert.deepEqual(architecture.head.labels, ["LABEL_0"]);
    assert.equal(architecture.head.text, `linear ${prefix}`);
    const { engine } = await openGolden(directory.path);
    await using _closed = engine;
    const { outputs: [output] } = await engine.run([pooledOnly({ ids })]);
    assert.ok(Math.abs(output!.logits[0]! - expected![0]!) < 1e-5);
  }
});
