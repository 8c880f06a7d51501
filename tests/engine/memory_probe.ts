/**
 * Runs 10,000 batches and prints the memory in bytes that the process holds after the first 2,000 of them
 * and after all, as JSON. A program of its own, for resident memory is of all that a process does, and the
 * collector has to be called: it would let garbage pile up otherwise. What V8 keeps for its heap beyond
 * what stands in it is not counted: it takes 12 MiB more at once, whenever it likes.
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
await using engine = (await openGolden("llama")).engine;
const sizes: number[] = [];
for (let batch = 1; batch <= BATCHES; batch++) {
  const ids = [1, 2, 3, 4 + batch % 40];
  await engine.run([pooledOnly(ids), pooledOnly([...ids, 5, 6, 3 + batch % 30])]);
  if (batch < SETTLED || batch % 100 !== 0) continue;
  gc();
  const { rss, heapTotal, heapUsed } = Deno.memoryUsage();
  sizes.push(rss - heapTotal + heapUsed);
}
// The least of several samples is what is really held.
const [early, late] = [sizes.slice(0, 10), sizes.slice(-10)].map((each) => Math.min(...each));
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify({ early, late })));
