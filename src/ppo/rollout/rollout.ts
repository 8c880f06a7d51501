/**
 * Rollout: one completion with all that is known of it before the policy learns: what was written, what it was
 * paid for, and what policy, critic and reference thought of each token.
 *
 * @module
 */

import type { Judgement, RewardSource } from "./reward_source.ts";
import { ownAttentionCredit } from "./own_attention.ts";
import { OWN_ATTENTION } from "./credit_choice.ts";
import type { Evaluation, PolicyEngine } from "../graphs/policy_engine.ts";
import type { PolicyText, WrittenText } from "./policy_text.ts";
import type { RandomSource } from "../math/random.ts";
import type { Completion, SampleRequest } from "../graphs/sampler_feeds.ts";
import type { CreditChoice } from "./credit_choice.ts";

/** One completion, judged and read. Lists have one entry per response token. */
export interface Rollout extends Completion {
  readonly text: WrittenText;
  readonly score: number;
  readonly responseMass: number;
  /** What each token is paid, before the cost of KL. */
  readonly credit: Float64Array;
  /** Of the policy before the step's updates. */
  readonly oldLogProbs: Float64Array;
  readonly referenceLogProbs: Float64Array;
  readonly values: Float64Array;
}

/** Where rollouts come from. */
export interface RolloutSources {
  readonly engine: PolicyEngine;
  readonly text: PolicyText;
  readonly rewards: RewardSource;
  readonly credit: CreditChoice;
  readonly signal?: AbortSignal | undefined;
}

/** A batch of rollouts, and how long its parts took. */
export interface RolloutBatch {
  readonly rollouts: readonly Rollout[];
  readonly sampleMs: number;
  /** From the asking for rewards to their coming; the policy is read meanwhile. */
  readonly rewardMs: number;
}

/**
 * Writes, has judged and reads a batch of completions.
 *
 * @throws {AbacusError} `training_failed` where no rewards are to be had, `cancelled`, or `model_failure`
 * for numbers that are not finite
 */
export async function collectRollouts(
  requests: readonly SampleRequest[],
  { engine, text, rewards, credit, signal }: RolloutSources,
  random: RandomSource,
): Promise<RolloutBatch> {
  const startMs = performance.now();
  const completions = await engine.sample(requests, random);
  const sampleMs = performance.now() - startMs;
  const texts = await text.write(completions);
  const [judged, policy, reference] = await Promise.all([
    timed(() => rewards.judge(texts, signal)),
    engine.evaluate(completions, {
      whose: "policy",
      attention: credit.method === OWN_ATTENTION,
    }),
    engine.evaluate(completions, { whose: "reference" }),
  ]);
  const rollouts = completions.map((completion, i): Rollout => {
    const judgement = judged.result[i]!;
    return {
      ...completion,
      text: texts[i]!,
      score: judgement.score,
      responseMass: judgement.responseMass,
      credit: creditOf(judgement, credit, policy.attention?.[i]),
      oldLogProbs: policy.logProbs[i]!,
      referenceLogProbs: reference.logProbs[i]!,
      values: policy.values![i]!,
    };
  });
  return { rollouts, sampleMs, rewardMs: judged.ms };
}

function creditOf(
  { score, rewards }: Judgement,
  { beta }: CreditChoice,
  attention: NonNullable<Evaluation["attention"]>[number] | undefined,
): Float64Array {
  return attention === undefined ? rewards : ownAttentionCredit(score, { attention, beta }).rewards;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startMs };
}
