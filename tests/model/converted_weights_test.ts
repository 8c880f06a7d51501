/** Weights in int8: where they are kept, when they are made again, and what is refused. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { cacheBeside, expectCpu } from "../../src/model/converted_weights.ts";
import { keptWeights, removeKeptWeights } from "../../src/model/kept_weights.ts";
import { loadModel } from "../../src/model/load_model.ts";
import { tinyModel } from "./tiny_model.ts";

Deno.test("weights in int8 are kept beside the model, made once, and removed on demand", async () => {
  await using model = await tinyModel();
  const { graph, notes } = await readBlueprint(model.path, { dtype: "int8" });
  assert.match(notes.find((note) => note.startsWith("computed in int8"))!, /inspect --fidelity/);
  const [kept, ...others] = await keptWeights(model.path, undefined);
  assert.deepEqual(others, []);
  assert.ok(kept!.path.startsWith(join(cacheBeside(model.path), "int8-")));
  const files = new Set([...graph.weights.values()].map(({ file }) => file));
  assert.ok(files.has(join(await Deno.realPath(kept!.path), "model.safetensors")));
  assert.equal(files.size, 2); // tables, norms and the head are read from where they are
  const made = await Deno.stat(join(kept!.path, "model.safetensors"));
  await readBlueprint(model.path, { dtype: "int8" });
  const again = await Deno.stat(join(kept!.path, "model.safetensors"));
  assert.equal(again.ino, made.ino);
  assert.deepEqual(await removeKeptWeights(model.path, undefined), [{ ...kept, removed: true }]);
  assert.deepEqual(await keptWeights(model.path, undefined), []);
});

Deno.test("layers that lose too much stay in float32, which is measured once and said", async () => {
  await using model = await tinyModel();
  const products = async (largestLoss: number) => {
    const { graph, notes } = await readBlueprint(model.path, { dtype: "int8", largestLoss });
    return { count: graph.nodes.filter(({ op }) => op === "MatMulIntegerToFloat").length, notes };
  };
  const all = await products(Infinity);
  assert.ok(!all.notes.some((note) => note.includes("float32")));
  const some = await products(1e-3);
  assert.ok(some.count < all.count, `${some.count} of ${all.count} products`);
  assert.match(
    some.notes.at(-1)!,
    /^\d+ of \d+ linear layers stay in float32, .* by 0\.[01] % .*instead of 0\.[01] %: /,
  );
  const [kept] = await keptWeights(model.path, undefined);
  const [choice] = (await Array.fromAsync(Deno.readDir(kept!.path))).map(({ name }) => name)
    .filter((name) => name.endsWith(".json"));
  const path = join(kept!.path, choice!);
  const { names, ...losses } = JSON.parse(await Deno.readTextFile(path));
  assert.ok(losses.before > 1e-3 && losses.after <= 1e-3);
  // What stands there is believed at the next start, without measuring.
  await Deno.writeTextFile(path, JSON.stringify({ names: names.slice(1), ...losses }));
  assert.equal((await products(1e-3)).count, some.count + 1);
  await removeKeptWeights(model.path, undefined);
  assert.deepEqual(await keptWeights(model.path, undefined), []);
});

Deno.test("a cache that is named is used in place of the folder beside the model", async () => {
  await using model = await tinyModel();
  const cache = join(model.path, "elsewhere");
  await readBlueprint(model.path, { dtype: "int8", cache });
  assert.deepEqual(await keptWeights(model.path, undefined), []);
  assert.equal((await keptWeights(model.path, cache)).length, 1);
});

Deno.test("where nothing can be written beside the model, the error says what to do", async () => {
  await using model = await tinyModel();
  await Deno.writeTextFile(cacheBeside(model.path), "a file in the way");
  await assert.rejects(readBlueprint(model.path, { dtype: "int8" }), {
    kind: "bad_usage",
    message: /^Cannot keep weights in int8 beside the model .*--cache.*: received /,
  });
});

Deno.test("int8 is refused on any device but the CPU, before anything is converted", async () => {
  expectCpu("cpu");
  await using model = await tinyModel();
  await assert.rejects(loadModel(model.path, { dtype: "int8", device: "webgpu" }), {
    kind: "bad_usage",
    message: "Cannot compute in int8 as that is for the CPU: received --device webgpu",
  });
  assert.deepEqual(await keptWeights(model.path, undefined), []);
});
