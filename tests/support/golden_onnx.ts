/**
 * The prebuilt graphs of tests/golden/onnx, made by tests/oracle/onnx_models.py, and what transformers says of
 * them.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type OpenedPrebuilt, openPrebuiltEngine } from "../../src/engine/prebuilt/open.ts";
import type { DeviceChoice } from "../../src/engine/devices.ts";
import { readPrebuiltBlueprint } from "../../src/model/prebuilt/prebuilt_blueprint.ts";
import { temporaryDirectory } from "./checkpoint.ts";

/** What transformers answered for one text. */
export interface OnnxText {
  readonly prompt: string;
  readonly completion: string;
  readonly ids: readonly number[];
  readonly types?: readonly number[];
  readonly logits: readonly number[];
  /** The position that the score is read at. */
  readonly read_at: number;
  /** Its row in the last layer's attention, the mean over heads. */
  readonly attention: readonly number[];
  readonly offsets: readonly (readonly [number, number])[];
  /** Of the completion's tokens, that row renormalised. */
  readonly shares: readonly number[];
}

/** The directory of a prebuilt golden model. */
export function goldenOnnx(name: string): string {
  return fileURLToPath(new URL(`../golden/onnx/${name}`, import.meta.url));
}

/** What transformers says of its texts. */
export async function readOnnxTexts(name: string): Promise<readonly OnnxText[]> {
  const text = await Deno.readTextFile(join(goldenOnnx(name), "golden.json"));
  return JSON.parse(text).texts;
}

/** Opens its engine alone. */
export async function openGoldenOnnx(
  directory: string,
  { device = "cpu" }: { device?: DeviceChoice } = {},
): Promise<OpenedPrebuilt> {
  const blueprint = await readPrebuiltBlueprint(directory, join(directory, "model.onnx"));
  const { graph, architecture: { dimensions }, padding, padId, dtype } = blueprint;
  return await openPrebuiltEngine(graph, {
    dimensions,
    padding: { ...padding, id: padId ?? padding.id ?? 0 },
    padId,
    dtype,
    device,
    threads: 1,
  });
}

/** A copy of the directory; it goes away at the end of the block. */
export async function copyOfOnnx(
  name: string,
): Promise<AsyncDisposable & { readonly path: string }> {
  const copy = await temporaryDirectory();
  for await (const { name: file } of Deno.readDir(goldenOnnx(name))) {
    await Deno.copyFile(join(goldenOnnx(name), file), join(copy.path, file));
  }
  return copy;
}

/** A copy whose embedding of one token is infinite. */
export async function withPoisonedToken(name: string, token: number) {
  const copy = await copyOfOnnx(name);
  const path = join(copy.path, "model.onnx");
  const { graph, architecture } = await readPrebuiltBlueprint(copy.path, path);
  const { vocabulary } = architecture.dimensions;
  const { offset, shape: [, width = 0] } = graph.tensors.find(({ shape, file }) =>
    file !== "" && shape[0] === vocabulary
  )!;
  const bytes = await Deno.readFile(path);
  const row = new DataView(bytes.buffer, offset + 4 * width * token, 4 * width);
  for (let i = 0; i < width; i++) row.setFloat32(4 * i, Infinity, true);
  await Deno.writeFile(path, bytes);
  return copy;
}
