import assert from "node:assert/strict";
import { temporaryDirectory } from "../support/checkpoint.ts";
import {
  assertClose,
  type GoldenOptions,
  openGolden,
  pooledOnly,
} from "../support/golden_model.ts";
import { torchFolder, torchGolden } from "../weights/torch/golden.ts";

const { sequences, twins, logits } = torchGolden;

async function answersOf(
  name: string,
  options: GoldenOptions = {},
): Promise<(readonly number[])[]> {
  const { engine } = await openGolden(torchFolder(name), options);
  await using _closed = engine;
  const { outputs } = await engine.run(sequences.map(pooledOnly));
  return outputs.map(({ logits }) => [...logits]);
}

for (const [name, twin] of Object.entries(twins)) {
  Deno.test(`${name}: a pickled model scores as its safetensors do, exactly, and as transformers`, async () => {
    const [found, expected] = [await answersOf(name), await answersOf(twin)];
    assert.deepEqual(found, expected);
    for (const [i, wanted] of logits[name]!.entries()) {
      assertClose(found[i]!, wanted, { tolerance: 1e-4, what: `${name} ${i}` });
    }
  });
}

for (const name of ["tied", "legacy-views"]) {
  Deno.test(`${name}: weights kept as float16 score as those that the engine casts`, async () => {
    await using cache = await temporaryDirectory();
    const cast = await answersOf(name, { dtype: "float16" });
    assert.deepEqual(await answersOf(name, { dtype: "float16", cache: cache.path }), cast);
    assert.equal([...Deno.readDirSync(cache.path)].length, 1);
  });
}
