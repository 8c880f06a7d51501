/**
 * Copies of golden models in which one token's embedding is scaled: what moves the score by a known
 * amount, or makes it infinite.
 *
 * @module
 */

import { join } from "node:path";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { temporaryDirectory } from "./checkpoint.ts";
import { goldenDirectory } from "./golden_model.ts";

const elements = {
  float32: { bytes: 4, get: DataView.prototype.getFloat32, set: DataView.prototype.setFloat32 },
  float16: { bytes: 2, get: DataView.prototype.getFloat16, set: DataView.prototype.setFloat16 },
};

/** A copy that goes away at the end of the block; the model is one file of float32 or float16. */
export async function withScaledToken(
  name: string,
  { token, factor }: { token: number; factor: number },
): Promise<AsyncDisposable & { readonly path: string }> {
  const { architecture: { trunk }, checkpoint } = await readBlueprint(goldenDirectory(name));
  const table = checkpoint.tensors.get(`${trunk.prefix}.${trunk.embeddings}.weight`);
  if (table?.dtype !== "float32" && table?.dtype !== "float16") {
    throw new TypeError(`Cannot scale an embedding of ${name}: received ${table?.dtype}`);
  }
  const { offset, shape: [, width = 0] } = table;
  const { bytes, get, set } = elements[table.dtype];
  const file = await Deno.readFile(join(goldenDirectory(name), "model.safetensors"));
  const row = new DataView(file.buffer, offset + bytes * width * token, bytes * width);
  for (let i = 0; i < bytes * width; i += bytes) {
    set.call(row, i, factor * get.call(row, i, true), true);
  }
  const directory = await temporaryDirectory();
  const config = "config.json";
  await Deno.copyFile(join(goldenDirectory(name), config), join(directory.path, config));
  await Deno.writeFile(join(directory.path, "model.safetensors"), file);
  return directory;
}
