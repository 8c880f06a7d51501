import assert from "node:assert/strict";
import { extract } from "../../src/cuda/wheel_file.ts";
import { temporaryDirectory } from "../support/checkpoint.ts";
import { wheelBytes } from "./small_wheel.ts";

/** A wheel in a folder of its own, and where one of its files goes. */
async function written(bytes: Uint8Array) {
  const folder = await temporaryDirectory();
  const wheel = `${folder.path}/one.whl`;
  await Deno.writeFile(wheel, bytes);
  const target = `${folder.path}/target`;
  return { wheel, target, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

Deno.test("a file is taken out of a wheel as it was put in", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  await using paths = await written(wheelBytes({ first: Uint8Array.of(7), "a/second.so": noise }));
  assert.equal(await extract(paths.wheel, "a/second.so", paths.target), noise.length);
  assert.deepEqual(await Deno.readFile(paths.target), noise);
});

Deno.test("a file that is not there, and what is no wheel, are refused", async () => {
  await using paths = await written(wheelBytes({ first: Uint8Array.of(7) }));
  const missing = { kind: "bad_device", message: /expected: received no file other/ };
  await assert.rejects(extract(paths.wheel, "other", paths.target), missing);
  for (const bytes of [new Uint8Array(10), new Uint8Array(100)]) {
    await using text = await written(bytes);
    await assert.rejects(extract(text.wheel, "first", text.target), { kind: "bad_device" });
  }
});

Deno.test("a wheel that was cut off leaves no file behind under its name", async () => {
  const bytes = wheelBytes({ first: crypto.getRandomValues(new Uint8Array(5_000)) });
  // The directory says more than there is.
  const view = new DataView(bytes.buffer);
  const directory = view.getUint32(bytes.length - 6, true);
  view.setUint32(directory + 20, 50_000_000, true);
  await using paths = await written(bytes);
  await assert.rejects(extract(paths.wheel, "first", paths.target));
  await assert.rejects(Deno.stat(paths.target), Deno.errors.NotFound);
});
