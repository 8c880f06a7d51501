import assert from "node:assert/strict";
import { join } from "node:path";
import { AbacusError } from "../../src/errors.ts";
import { readShardIndex } from "../../src/weights/shard_index.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const naming = (shard: unknown) => JSON.stringify({ weight_map: { w: shard } });

const wrong: [what: string, json: string, message: RegExp][] = [
  ["no JSON", "{", /is not JSON/],
  ["a list", "[]", /has no 'weight_map'.*received \[\]$/],
  ["no weight_map", '{"metadata": {}}', /has no 'weight_map'/],
  ["a weight_map that is a list", '{"weight_map": ["a"]}', /has no 'weight_map'/],
  ["an empty weight_map", '{"weight_map": {}}', /must list 1 to 500000 tensors: received 0$/],
  [
    "one tensor twice",
    '{"weight_map": {"w": "a.safetensors", "w": "b.safetensors"}}',
    /key twice: received "w"$/,
  ],
  [
    "a shard in the parent",
    naming("../model.safetensors"),
    /beside it: received "\.\.\/model\.safetensors"$/,
  ],
  ["an absolute shard", naming("/etc/model.safetensors"), /beside it/],
  ["a shard in a folder", naming("folder/model.safetensors"), /beside it/],
  ["a shard in a Windows folder", naming("..\\model.safetensors"), /beside it/],
  ["a shard with a NUL", naming("a\0.safetensors"), /beside it/],
  ["a shard of another format", naming("pytorch_model.bin"), /beside it/],
  ["a shard that is the parent", naming(".."), /beside it/],
  ["a shard with an endless name", naming(`${"x".repeat(300)}.safetensors`), /beside it/],
  ["a shard that is a number", naming(1), /beside it: received 1$/],
  ["a shard that is null", naming(null), /beside it: received null$/],
  [
    "too many shards",
    JSON.stringify({
      weight_map: Object.fromEntries(
        Array.from({ length: 10_001 }, (_, i) => [`${i}`, `${i}.safetensors`]),
      ),
    }),
    /at most 10000 shards: received 10001$/,
  ],
];

for (const [what, json, message] of wrong) {
  Deno.test(`an index with ${what} is refused by name`, async () => {
    await using directory = await temporaryDirectory();
    const path = join(directory.path, "model.safetensors.index.json");
    await Deno.writeTextFile(path, json);
    await assert.rejects(readShardIndex(path), (error: unknown) => {
      assert.ok(error instanceof AbacusError, String(error));
      assert.equal(error.kind, "bad_model");
      assert.ok(error.message.includes(path));
      assert.ok(error.message.length < 1_000);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("an index gives the tensors of each shard, whatever their names", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "model.safetensors.index.json");
  const [one, two] = ["1.safetensors", "2.safetensors"];
  await Deno.writeTextFile(
    path,
    `{"weight_map": {"a": "${one}", "__proto__": "${two}", "b": "${one}"}}`,
  );
  assert.deepEqual(
    [...await readShardIndex(path)],
    [[one, new Set(["a", "b"])], [two, new Set(["__proto__"])]],
  );
});

Deno.test("the shards of a pickled model are pickled, also while the index is being pulled", async () => {
  await using directory = await temporaryDirectory();
  for (const name of ["pytorch_model.bin.index.json", "pytorch_model.bin.index.json.0f3a.part"]) {
    const path = join(directory.path, name);
    await Deno.writeTextFile(path, naming("pytorch_model-00001-of-00001.bin"));
    assert.deepEqual([...(await readShardIndex(path)).keys()], [
      "pytorch_model-00001-of-00001.bin",
    ]);
    await Deno.writeTextFile(path, naming("model.safetensors"));
    await assert.rejects(readShardIndex(path), /name of a \.bin file beside it/);
  }
});
