/**
 * Samples for a reader: rollouts as lines of samples.jsonl, and the showcase, completions of the same few
 * prompts before and after training.
 *
 * @module
 */

import { klPerToken } from "../math/kl.ts";
import { randomStream, shuffle } from "../math/random.ts";
import type { CompletionText } from "../rollout/policy_text.ts";
import { collectRollouts, type Rollout } from "../rollout/rollout.ts";
import type { Run } from "../trainer.ts";
import type { SampleLine } from "./run_files.ts";

/** One line per rollout, with the credit and the KL (k1) of every token. */
export function sampleLines(step: number, rollouts: readonly Rollout[]): SampleLine[] {
  return rollouts.map(({ text, score, ended, credit, oldLogProbs, referenceLogProbs }) => ({
    step,
    prompt: promptOf(text),
    completion: text.completion,
    score,
    ended,
    tokens: [...text.pieces],
    rewards: [...credit],
    kl: [...klPerToken("k1", { policy: oldLogProbs, reference: referenceLogProbs })],
  }));
}

/** With the special tokens of a text that holds some; of a conversation without those of its template. */
function promptOf({ prompt, given }: CompletionText): string {
  return given !== undefined && "prompt" in given ? given.prompt : prompt;
}

/**
 * Samples and stores the showcase: as many completions as a step keeps samples, with the same prompts and
 * random numbers every time. They are not trained on.
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
    .map(({ ids: prompt, given }) => {
      return { prompt, limits: { min: length.min, max: length.max }, given };
    });
  const { rollouts } = await collectRollouts(requests, { ...run, signal }, random("showcase"));
  await files.writeShowcase(sampleLines(step, rollouts));
}
