import assert from "node:assert/strict";
import { companions } from "../../../src/model/hub/pull_model.ts";

Deno.test("the small files of a model are wanted, in a fixed order", () => {
  const names = [
    "vocab.json",
    "merges.txt",
    "LICENSE.txt",
    "README.md",
    "chat_template.jinja",
    "added_tokens.json",
    "special_tokens_map.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "tokenizer.json",
    "generation_config.json",
    "config.json",
    "USE_POLICY.md",
  ];
  const wanted = companions(names);
  assert.deepEqual(wanted.toSorted(), names.toSorted());
  assert.deepEqual(wanted.slice(0, 4), [
    "config.json",
    "generation_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
  ]);
  assert.deepEqual(companions(names.toReversed()), wanted);
});

const unwanted = [
  "pytorch_model.bin",
  "model.safetensors",
  "model.onnx",
  "model.gguf",
  "tf_model.h5",
  "optimizer.pt",
  "training_args.bin",
  "trainer_state.json",
  "config.json.bak",
  "my_config.json",
  "README.md.exe/x",
  "handler.py",
  "modeling_reward.py",
  "logo.png",
  ".gitattributes",
];

for (const name of unwanted) {
  Deno.test(`${name} is not fetched`, () => assert.deepEqual(companions([name]), []));
}
