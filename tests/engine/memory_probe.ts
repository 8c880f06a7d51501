/**
 * Runs 10,000 batches and prints the memory in bytes that the process holds after the first 2,000 of them
 * and after all, as JSON. A program of its own, for its memory is of all that a process does, and the
 * collector has to be called: it would let garbage pile up otherwise.
 *
 * Counted is what stands in V8's heap and what the C library has handed out. Resident memory would also
 * have what both keep for later: V8 takes 12 MiB more at once, whenever it likes, and keeps pages that it
 * no longer counts to its heap.
 *
 *     deno run -A --v8-flags=--expose-gc tests/engine/memory_probe.ts
 *
 * @module
 */

import { openGolden, pooledOnly } from "../support/golden_model.ts";

const BATCHES = 10_000;
/** Runs until the allocators have what they keep. */
const SETTLED = 2_000;

const { gc } = globalThis as unknown as { gc: () => void };
/** glibc's `struct mallinfo2`: ten numbers of `size_t`. */
const FIELDS = 10;
/** Bytes in mappings of their own, and bytes in use of all arenas: where they stand among the ten. */
const [HBLKHD, UORDBLKS] = [4, 7];

const libc = Deno.dlopen("libc.so.6", {
  mallinfo2: { parameters: [], result: { struct: new Array<"usize">(FIELDS).fill("usize") } },
});

/** Bytes that the C library has handed out and has not got back. */
function allocated(): number {
  const { buffer, byteOffset } = libc.symbols.mallinfo2();
  const fields = new BigUint64Array(buffer, byteOffset, FIELDS);
  return Number(fields[HBLKHD]! + fields[UORDBLKS]!);
}

await using engine = (await openGolden("llama")).engine;
const sizes: number[] = [];
for (let batch = 1; batch <= BATCHES; batch++) {
  const ids = [1, 2, 3, 4 + batch % 40];
  await engine.run([pooledOnly(ids), pooledOnly([...ids, 5, 6, 3 + batch % 30])]);
  if (batch < SETTLED || batch % 100 !== 0) continue;
  gc();
  sizes.push(Deno.memoryUsage().heapUsed + allocated());
}
// The least of several samples is what is really held.
const [early, late] = [sizes.slice(0, 10), sizes.slice(-10)].map((each) => Math.min(...each));
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ early, late })));
