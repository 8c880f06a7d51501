/** The memory of the process over many batches: what a run takes, it gives back. */

import assert from "node:assert/strict";
import { openGolden, pooledOnly } from "../support/golden_model.ts";
import { slow } from "../support/slow.ts";
import { testWhere } from "../support/test_where.ts";

const BATCHES = 10_000;
/** Runs until the collector and the allocator have what they keep. */
const SETTLED = 2_000;
/** What resident memory wavers by with the collector; 8,000 batches that each keep 3 KiB would be as much. */
const WAVERS = 24 * 2 ** 20;

testWhere({
  name: "10,000 batches leave the process as large as 2,000 did",
  missing: slow,
  async fn() {
    await using engine = (await openGolden("llama")).engine;
    const sizes: number[] = [];
    for (let batch = 1; batch <= BATCHES; batch++) {
      const ids = [1, 2, 3, 4 + batch % 40];
      await engine.run([pooledOnly(ids), pooledOnly([...ids, 5, 6, 3 + batch % 30])]);
      if (batch % 100 === 0 && batch >= SETTLED) sizes.push(Deno.memoryUsage().rss);
    }
    // The least of many samples is what is really held; the collector's waves are above it.
    const [early, late] = [sizes.slice(0, 20), sizes.slice(-20)].map((each) => Math.min(...each));
    assert.ok(late! - early! < WAVERS, `${(late! - early!) / 2 ** 20} MiB more`);
  },
});
