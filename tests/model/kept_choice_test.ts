import assert from "node:assert/strict";
import { join } from "node:path";
import type { ExactLayers } from "../../src/model/exact_layers.ts";
import { keptChoice } from "../../src/model/kept_choice.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";

const choice: ExactLayers = { names: ["h.1.mlp"], before: 0.06, after: 0.04 };

Deno.test("a choice is made once for what it depends on, beside the weights", async () => {
  await using folder = await temporaryDirectory();
  const source = join(folder.path, "model.safetensors");
  let made = 0;
  const ask = (dependsOn: unknown) =>
    keptChoice({ source }, dependsOn, () => Promise.resolve({ ...choice, after: 0.01 * ++made }));
  assert.equal((await ask(["head", 1])).after, 0.01);
  assert.deepEqual(await ask(["head", 1]), { ...choice, after: 0.01 });
  assert.equal((await ask(["head", 2])).after, 0.02);
  assert.equal(made, 2);
  assert.equal((await Array.fromAsync(Deno.readDir(folder.path))).length, 2);
});

Deno.test("what is not a number comes back as such", async () => {
  await using folder = await temporaryDirectory();
  const source = join(folder.path, "model.safetensors");
  const none: ExactLayers = { names: [], before: NaN, after: NaN };
  await keptChoice({ source }, 0, () => Promise.resolve(none));
  assert.deepEqual(await keptChoice({ source }, 0, () => Promise.reject(new Error("again"))), none);
});

Deno.test("a choice that cannot be kept is made all the same", async () => {
  await using folder = await temporaryDirectory();
  const source = join(folder.path, "missing", "model.safetensors");
  assert.deepEqual(await keptChoice({ source }, 0, () => Promise.resolve(choice)), choice);
});

for (const damaged of ["", '{"names": ["h.1', '{"names": 3}', "null"]) {
  Deno.test(`a choice kept as ${damaged || "an empty file"} is made again`, async () => {
    await using folder = await temporaryDirectory();
    const source = join(folder.path, "model.safetensors");
    await keptChoice({ source }, 0, () => Promise.resolve({ ...choice, after: 0.01 }));
    const [file] = await Array.fromAsync(Deno.readDir(folder.path));
    await Deno.writeTextFile(join(folder.path, file!.name), damaged);
    assert.deepEqual(await keptChoice({ source }, 0, () => Promise.resolve(choice)), choice);
    assert.deepEqual(await keptChoice({ source }, 0, () => Promise.reject(new Error())), choice);
  });
}
