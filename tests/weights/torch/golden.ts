/**
 * Reads tests/golden/torch_files, which tests/oracle/torch_files.py makes.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** A file that must not be read. */
export interface RefusedFile {
  /** What the error has to name. */
  readonly names: string;
  /** Whether it has the format of torch 1.6 and later. */
  readonly zipped: boolean;
  /** In base64. */
  readonly file: string;
}

/** golden.json. */
export interface TorchGolden {
  readonly sequences: readonly (readonly number[])[];
  /** Which folder holds the numbers of a folder as safetensors. */
  readonly twins: Readonly<Record<string, string>>;
  /** What transformers answers, by folder and sequence. */
  readonly logits: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly refused: readonly RefusedFile[];
}

/** A folder of the golden files. */
export function torchFolder(name: string): string {
  return join(fileURLToPath(new URL("../../golden/torch_files", import.meta.url)), name);
}

export const torchGolden: TorchGolden = JSON.parse(
  Deno.readTextFileSync(torchFolder("golden.json")),
);

/** Runs `use` on a file of these bytes. */
export async function withFile<Result>(
  bytes: Uint8Array,
  use: (path: string) => Promise<Result>,
): Promise<Result> {
  const path = await Deno.realPath(await Deno.makeTempFile({ suffix: ".bin" }));
  try {
    await Deno.writeFile(path, bytes);
    return await use(path);
  } finally {
    await Deno.remove(path);
  }
}
