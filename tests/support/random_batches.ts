/**
 * Batches in which sequences often begin alike, for engines that share what they compute.
 *
 * @module
 */

import fc from "fast-check";
import { assertClose, everyPosition, openGolden } from "./golden_model.ts";

/** Sequences over few ids, so that they often begin alike. */
const sequences = fc.array(
  fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 60 }),
  { minLength: 1, maxLength: 12 },
);

/** A golden model must answer random batches as it answers each of their sequences alone. */
export function testRandomBatches(name: string): void {
  Deno.test(`${name}: random batches answer as each of their sequences alone`, async () => {
    await using engine = (await openGolden(name, { eager: true })).engine;
    await fc.assert(
      fc.asyncProperty(sequences, async (batch) => {
        const { outputs } = await engine.run(batch.map(everyPosition));
        for (const [i, ids] of batch.entries()) {
          const { outputs: [alone] } = await engine.run([everyPosition(ids)]);
          const near = { tolerance: 1e-4, what: `sequence ${i}` };
          assertClose(outputs[i]!.rowLogits, alone!.rowLogits, near);
          assertClose(outputs[i]!.measured.attention!, alone!.measured.attention!, near);
        }
      }),
      { numRuns: 15 },
    );
  });
}
