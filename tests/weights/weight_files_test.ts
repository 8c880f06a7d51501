import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import { findWeights } from "../../src/weights/weight_files.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const SINGLE = "model.safetensors";
const INDEX = "model.safetensors.index.json";
const PICKLED = "pytorch_model.bin";
const PICKLED_INDEX = "pytorch_model.bin.index.json";

async function directoryWith(names: readonly string[]) {
  const directory = await temporaryDirectory();
  for (const name of names) await Deno.writeTextFile(join(directory.path, name), "");
  return directory;
}

const found: [names: string[], kind: "single" | "index", name: string][] = [
  [["config.json", SINGLE], "single", SINGLE],
  [[SINGLE, INDEX, "model-00001-of-00001.safetensors"], "single", SINGLE],
  [[INDEX, "model-00001-of-00002.safetensors", "other.safetensors"], "index", INDEX],
  [["reward.safetensors", "training_args.bin"], "single", "reward.safetensors"],
  [[SINGLE, PICKLED], "single", SINGLE],
  [[INDEX, PICKLED, PICKLED_INDEX], "index", INDEX],
  [["reward.safetensors", PICKLED, PICKLED_INDEX], "single", PICKLED],
  [[PICKLED_INDEX, "pytorch_model-00001-of-00002.bin"], "index", PICKLED_INDEX],
];

for (const [names, kind, name] of found) {
  Deno.test(`of ${names.join(", ")} the weights are listed by ${name}`, async () => {
    await using directory = await directoryWith(names);
    assert.deepEqual(await findWeights(directory.path), { kind, path: join(directory.path, name) });
  });
}

const refused: [names: string[], message: RegExp][] = [
  [[], /neither a safetensors file nor pytorch_model\.bin: received no files at all$/],
  [["config.json"], /neither a safetensors file nor pytorch_model\.bin: received "config.json"$/],
  [
    ["training_args.bin"],
    /pickled weights under another name.*convert them to safetensors.*received "training_args.bin"$/,
  ],
  [["model.ckpt", "model.pt"], /pickled weights.*received "model.ckpt", "model.pt"$/],
  [["tf_model.h5"], /TensorFlow weights.*convert/],
  [["flax_model.msgpack"], /Flax weights.*convert/],
  [["model.Q4_K.gguf"], /GGUF weights.*convert/],
  [["model_int8.onnx"], /an ONNX export.*convert/],
  [
    ["a.safetensors", "b.safetensors"],
    /several safetensors files without model\.safetensors\.index\.json/,
  ],
  [["adapter_model.safetensors"], /an adapter.*merged into its base model first/],
];

for (const [names, message] of refused) {
  Deno.test(`a directory with ${names.join(", ") || "nothing"} is refused with the reason`, async () => {
    await using directory = await directoryWith(names);
    await assert.rejects(findWeights(directory.path), (error: unknown) => {
      assert.ok(error instanceof AbacusError);
      assert.equal(error.kind, "bad_model");
      assert.ok(error.message.includes(directory.path));
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("a missing directory and a file in its place have different errors", async () => {
  await using directory = await directoryWith([SINGLE]);
  await assert.rejects(findWeights(join(directory.path, "nowhere")), {
    kind: "bad_model",
    message: /there is no such directory: received .*nowhere$/,
  });
  await assert.rejects(findWeights(join(directory.path, SINGLE)), {
    kind: "bad_model",
    message:
      /this is a file, and a model is the directory around it: received .*model\.safetensors$/,
  });
});
