/**
 * Reads which tensors a file of torch.save holds, such as pytorch_model.bin, without reading the weights.
 *
 * Such a file is a pickle, which in Python can run any code. Here nothing can: `unpickle.ts` knows
 * tensors and plain values alone. The file is untrusted, and every length is checked against a limit and
 * the size of the file before memory is allocated.
 *
 * @module
 */

import { readInto } from "../../files.ts";
import { badModel, shown } from "../bad_model.ts";
import type { ListedTensor } from "../checkpoint.ts";
import { refuseLfsPointer } from "../lfs_pointer.ts";
import type { PickledTensors } from "./state_dict.ts";
import { PICKLE_START, readTorchLegacy } from "./torch_legacy.ts";
import { readTorchZip, ZIP_START } from "./torch_zip.ts";
import { Unfit } from "./unfit.ts";

type Reader = (file: Deno.FsFile, size: number) => Promise<PickledTensors>;

/** What torch.save writes and wrote, by the first bytes of a file. */
const formats: readonly { start: readonly number[]; read: Reader }[] = [
  { start: ZIP_START, read: readTorchZip },
  { start: PICKLE_START, read: readTorchLegacy },
];

/**
 * The tensors of one file, in the order in which it names them. Several may share their bytes: tied
 * tensors do.
 *
 * @param path absolute, with symbolic links resolved
 * @throws {AbacusError} `bad_model` naming the file and what is wrong with it, or what it needs besides
 * tensors
 */
export async function readTorchFile(path: string): Promise<ListedTensor[]> {
  using file = await Deno.open(path);
  await refuseLfsPointer(file, path);
  try {
    const { tensors, places } = await readerOf(await startOf(file))(file, (await file.stat()).size);
    return [...tensors].map(([name, tensor]) => {
      const offset = places.get(tensor.storage.key)!; // every storage has a place
      return tensor.listed(name, { file: path, offset });
    });
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw cause;
    throw badModel(`Cannot read ${path} as ${cause.message}`, cause);
  }
}

async function startOf(file: Deno.FsFile): Promise<Uint8Array> {
  const start = new Uint8Array(8);
  return start.subarray(0, await readInto(file, start));
}

function readerOf(start: Uint8Array): Reader {
  const format = formats.find((format) => format.start.every((byte, i) => byte === start[i]));
  if (format !== undefined) return format.read;
  const text = new TextDecoder("latin1").decode(start);
  throw new Unfit("it does not begin as a file of torch.save", shown(text));
}
