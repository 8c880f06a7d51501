/**
 * Sweep: a session that is run over one slice after the other of long persistent tensors, and writes its results
 * into their place. What it makes on the way is as large as a slice, which fits a processor's cache, and
 * nothing is held twice.
 *
 * A sweep that fails leaves the tensors partly changed, and so of no use.
 *
 * @module
 */

import { type Feeds, type Output, sizeOf } from "./arrays.ts";
import type { PersistentTensors } from "./persistent_tensors.ts";
import type { TensorView } from "./protocol.ts";
import type { Session } from "./session.ts";

/** Which slices of which float32 persistent tensors a graph is run over, one after the other. */
export interface Sweep {
  /** The elements to go over, `[start, end)`. */
  readonly start: number;
  readonly end: number;
  /** Elements of a slice; the last one may have fewer. */
  readonly slice: number;
  /** By input: the tensor whose slices it reads. */
  readonly read: Readonly<Record<string, string>>;
  /** By output: the tensor whose slices it is written into. @default none */
  readonly write?: Readonly<Record<string, string>>;
}

/**
 * Runs a session over every slice.
 *
 * @param feeds what every run is fed with, beside the slices
 * @returns the outputs that are not written, those of all slices one after the other
 * @throws {TypeError} if a tensor is not there or not float32
 * @throws {RangeError} if a tensor ends before the sweep does
 */
export async function runSweep(
  { session, tensors }: { readonly session: Session; readonly tensors: PersistentTensors },
  { start, end, slice, read, write = {} }: Sweep,
  feeds: Feeds,
): Promise<Readonly<Record<string, Output>>> {
  const collected = new Map<string, Output[]>();
  const buffers = Object.keys(write).map((name) => [name, new Float32Array(slice)] as const);
  for (let offset = start; offset < end; offset += slice) {
    const dims = [Math.min(slice, end - offset)];
    const partOf = (tensor: string): TensorView => ({ tensor, offset, dims });
    const slices = Object.entries(read).map((
      [input, tensor],
    ) => [input, tensors.view(partOf(tensor))]);
    const targets = buffers.map((
      [name, data],
    ) => [name, { data: data.subarray(0, dims[0]), dims }]);
    const made = await session.run(
      { ...feeds, ...Object.fromEntries(slices) },
      Object.fromEntries(targets),
    );
    for (const [name, output] of Object.entries(made)) {
      const tensor = write[name];
      if (tensor !== undefined) tensors.write(partOf(tensor), output);
      else collected.set(name, [...collected.get(name) ?? [], output]);
    }
  }
  return Object.fromEntries([...collected].map(([name, parts]) => [name, joined(parts)]));
}

/** Outputs one after the other, as one of a single extent. */
function joined(parts: readonly Output[]): Output {
  const numbers = parts.flatMap(({ data }) => Array.from(data, Number));
  return {
    data: Float32Array.from(numbers),
    dims: [parts.reduce((n, { dims }) => n + sizeOf(dims), 0)],
  };
}
