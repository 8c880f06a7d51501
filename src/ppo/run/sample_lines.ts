/**
 * Rollouts as lines of samples.jsonl. Pure.
 *
 * @module
 */

import { klPerToken } from "../math/kl.ts";
import type { Rollout } from "../rollout/rollout.ts";
import type { SampleLine } from "./run_files.ts";

/** A line per rollout, with the credit and the KL (by k1) of every token. */
export function sampleLines(step: number, rollouts: readonly Rollout[]): SampleLine[] {
  return rollouts.map(({ text, score, ended, credit, oldLogProbs, referenceLogProbs }) => ({
    step,
    prompt: text.prompt,
    completion: text.completion,
    score,
    ended,
    tokens: [...text.pieces],
    rewards: [...credit],
    kl: [...klPerToken("k1", { policy: oldLogProbs, reference: referenceLogProbs })],
  }));
}
