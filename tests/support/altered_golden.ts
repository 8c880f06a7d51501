/**
 * Copies of golden models in which one token's embedding is scaled: what moves the score by a known amount, or
 * makes it infinite.
 *
 * @module
 */

import { join } from "node:path";
import { readBlueprint } from "../../src/model/blueprint.ts";
import { temporaryDirectory } from "./checkpoint.ts";
import { goldenDirectory } from "./golden_model.ts";

/** A copy that goes away at the end of the block; the golden model must be one file of float32. */
export async function withScaledToken(
  name: string,
  { token, factor }: { token: number; factor: number },
): Promise<AsyncDisposable & { readonly path: string }> {
  const { architecture: { trunk }, checkpoint } = await readBlueprint(goldenDirectory(name));
  const table = checkpoint.tensors.get(`${trunk.prefix}.${trunk.embeddings}.weight`);
  if (table?.dtype !== "float32") throw new TypeError(`Cannot alter ${name}: ${table?.dtype}`);
  const { offset, shape: [, width = 0] } = table;
  const bytes = await Deno.readFile(join(goldenDirectory(name), "model.safetensors"));
  const row = new DataView(bytes.buffer, offset + 4 * width * token, 4 * width);
  for (let i = 0; i < 4 * width; i += 4) row.setFloat32(i, factor * row.getFloat32(i, true), true);
  const directory = await temporaryDirectory();
  await Deno.copyFile(
    join(goldenDirectory(name), "config.json"),
    join(directory.path, "config.json"),
  );
  await Deno.writeFile(join(directory.path, "model.safetensors"), bytes);
  return directory;
}
