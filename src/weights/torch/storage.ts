/**
 * Storage: a run of numbers in a file, of which tensors are views.
 *
 * @module
 */

import type { ListedDtype } from "../checkpoint.ts";

/** The type of a storage's numbers; undefined where each tensor says its own. */
export type StorageDtype = ListedDtype | undefined;

/** A storage as a pickle refers to it; the container knows where its bytes are. */
export class Storage {
  constructor(
    /** The container's name for it. */
    readonly key: string,
    readonly dtype: StorageDtype,
    /** How many numbers; bytes where it has no type. */
    readonly count: number,
    /** Bytes. */
    readonly length: number,
  ) {}
}
