/**
 * The golden models on a device, in every form of attention that it has, against what transformers found.
 *
 * @module
 */

import type { Place } from "../../../src/engine/devices.ts";
import type { ComputeDtype } from "../../../src/engine/engine.ts";
import type { AttentionForm } from "../../../src/engine/passes/scoring.ts";
import { everyPosition, openGolden, readGolden } from "../../support/golden_model.ts";

/** How far a device is from transformers, over some models. */
export interface GoldenResult {
  readonly form: AttentionForm;
  readonly dtype: ComputeDtype;
  readonly models: number;
  /** The largest difference of a logit, relative to the larger of 1 and itself. */
  readonly scores: number;
  /** The largest total variation of the pooled row's attention. */
  readonly credit: number;
}

/** Runs the models in one form and type. */
export async function runGolden(
  names: readonly string[],
  { place, ...form }: { place: Place; form: AttentionForm; dtype: ComputeDtype },
): Promise<GoldenResult> {
  let [scores, credit] = [0, 0];
  for (const name of names) {
    const { sequences } = await readGolden(name);
    const { form: attention, dtype } = form;
    await using engine =
      (await openGolden(name, { device: place, attention, dtype, eager: true })).engine;
    const { outputs } = await engine.run(sequences.map(everyPosition));
    outputs.forEach(({ rowLogits, measured }, i) => {
      const { logits: expected, attention: row } = sequences[i]!;
      scores = Math.max(scores, relative(rowLogits, expected));
      credit = Math.max(credit, variation(measured.attention!, row));
    });
  }
  return { ...form, models: names.length, scores, credit };
}

function relative(found: ArrayLike<number>, expected: readonly number[]): number {
  return Math.max(
    ...expected.map((each, i) => Math.abs(found[i]! - each) / Math.max(1, Math.abs(each))),
  );
}

function variation(found: ArrayLike<number>, expected: readonly number[]): number {
  return expected.reduce((sum, each, i) => sum + Math.abs(found[i]! - each), 0) / 2;
}
