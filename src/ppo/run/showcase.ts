/**
 * Showcase: what the policy makes of a few prompts before training and after it, the same prompts and the
 * same random numbers both times, for a reader to lay side by side. Nothing is learnt from it.
 *
 * @module
 */

import { randomStream, shuffle } from "../math/random.ts";
import { collectRollouts } from "../rollout/rollout.ts";
import { sampleLines } from "./sample_lines.ts";
import type { Run } from "../trainer.ts";

/**
 * Writes, has judged and keeps as many completions as a step keeps samples.
 *
 * @param step steps that are done: 0 before training
 * @throws {AbacusError} as {@linkcode collectRollouts}
 */
export async function writeShowcase(
  run: Run,
  { step, signal }: { step: number; signal?: AbortSignal | undefined },
): Promise<void> {
  const { settings: { seed, length }, prompts, samplesPerStep, files } = run;
  if (samplesPerStep === 0) return;
  const random = (purpose: string) => randomStream({ seed, step: 0, purpose });
  const requests = shuffle(random("showcase prompts"), prompts).slice(0, samplesPerStep)
    .map((prompt) => ({ prompt, limits: { min: length.min, max: length.max } }));
  const { rollouts } = await collectRollouts(requests, { ...run, signal }, random("showcase"));
  await files.writeShowcase(sampleLines(step, rollouts));
}
