/**
 * Checks the byte ranges of a file's tensors: every byte of the data belongs to exactly one tensor. Pure.
 *
 * @module
 */

import { badModel, shown } from "./bad_model.ts";
import type { ListedTensor } from "./checkpoint.ts";

/** The file: its path, where its data start and where it ends, in bytes. */
export interface DataBounds {
  readonly path: string;
  readonly start: number;
  readonly size: number;
}

/**
 * The tensors in the order of their bytes.
 *
 * @throws {AbacusError} `bad_model` where a range exceeds the file, two overlap, or bytes are unused
 */
export function checkLayout(
  tensors: readonly ListedTensor[],
  { path, start, size }: DataBounds,
): ListedTensor[] {
  const ordered = tensors.toSorted((a, b) => a.offset - b.offset || a.length - b.length);
  let end = start;
  let previous: ListedTensor | undefined;
  for (const tensor of ordered) {
    const { name, offset, length } = tensor;
    if (offset + length > size) {
      throw badModel(
        `Cannot read tensor ${shown(name)} of ${path} as it ends behind the file, which may be ` +
          `truncated: received byte ${offset + length} of ${size}`,
      );
    }
    if (offset < end) {
      throw badModel(
        `Cannot read ${path} as two tensors overlap: received ${shown(previous?.name ?? "")} ` +
          `and ${shown(name)}`,
      );
    }
    refuseHole(path, { from: end, to: offset });
    end = offset + length;
    previous = tensor;
  }
  refuseHole(path, { from: end, to: size });
  return ordered;
}

/** Unused bytes may hide another tensor or another file. */
function refuseHole(path: string, { from, to }: { from: number; to: number }): void {
  if (from === to) return;
  throw badModel(
    `Cannot read ${path} as some of its bytes belong to no tensor: received bytes ${from} to ${to}`,
  );
}
