/**
 * External data: weights in a file beside the ONNX file, as exporters write where they are large.
 *
 * A location is untrusted: it must be the name of a file in the same folder, for a path could make
 * onnxruntime read any file of the machine.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { shown } from "../weights/bad_model.ts";
import type { FilePart } from "../weights/torch/read_at.ts";
import { Unfit } from "../weights/torch/unfit.ts";
import type { TensorMessage } from "./messages.ts";

/** A part of a file. */
export interface StoredPlace extends FilePart {
  /** Absolute, with symbolic links resolved. */
  readonly file: string;
}

/**
 * Where a tensor's numbers lie.
 *
 * @param path the ONNX file
 * @throws {Unfit} where it names no file beside it, or a part that is not there
 */
export async function externalPlace(
  { name = "", externalData }: TensorMessage,
  path: string,
): Promise<StoredPlace> {
  const entries = new Map(externalData.map(({ key, value }) => [key ?? "", value ?? ""]));
  const location = (entries.get("location") ?? "").replace(/^\.\//, "");
  if (!/^[^/\\\0]+$/.test(location) || [".", ".."].includes(location)) {
    throw new Unfit(
      `the data of ${shown(name)} must lie in a file beside it, by its name alone`,
      shown(location),
    );
  }
  const file = await realFile(join(dirname(path), location));
  const { size } = await Deno.stat(file);
  const offset = numberOf(entries.get("offset") ?? "0");
  const length = numberOf(entries.get("length") ?? `${size - offset}`);
  if (offset + length > size) {
    throw new Unfit(
      `the data of ${shown(name)} end behind ${shown(location)}`,
      `${offset + length} bytes of ${size}`,
    );
  }
  return { file, offset, length };
}

async function realFile(path: string): Promise<string> {
  try {
    const real = await Deno.realPath(path);
    if ((await Deno.stat(real)).isFile) return real;
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
  }
  throw new Unfit("the file with its data is not there", path);
}

function numberOf(text: string): number {
  const number = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(number)) return number;
  throw new Unfit("the place of external data is no number", shown(text));
}
