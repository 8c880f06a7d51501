/**
 * Rollout: a completion with everything that is known about it before the updates: its text and reward,
 * and what policy, critic and reference say of each token.
 *
 * @module
 */

import type { Evaluation, PolicyEngine } from "../graphs/policy_engine.ts";
import type { Decoding } from "../graphs/token_sampling.ts";
import type { Completion } from "../graphs/sampler_feeds.ts";
import type { Trajectory } from "../math/advantages.ts";
import type { RandomSource } from "../math/random.ts";
import { type CreditChoice, OWN_ATTENTION, ownAttentionCredit } from "./credit.ts";
import type { CompletionText, PolicyText } from "./policy_text.ts";
import type { PromptedRequest } from "./prompts.ts";
import { untilStop } from "./stop_texts.ts";
import type { Reward, RewardSource } from "./reward_source.ts";

/** A completion with its reward and evaluations. Rows have one entry per response token. */
export interface Rollout extends Completion, Trajectory {
  readonly text: CompletionText;
  readonly score: number;
  /** See {@linkcode Reward}. */
  readonly responseMass: number;
}

/** What rollouts are collected with. */
export interface RolloutSources {
  readonly engine: PolicyEngine;
  readonly text: PolicyText;
  readonly rewards: RewardSource;
  readonly credit: CreditChoice;
  /** Texts that end a completion. @default none */
  readonly stop?: readonly string[] | undefined;
  /** How the policy writes. @default "sampled" */
  readonly decoding?: Decoding;
  readonly signal?: AbortSignal | undefined;
}

/** A batch of rollouts with timings. */
export interface RolloutBatch {
  readonly rollouts: readonly Rollout[];
  readonly sampleMs: number;
  /** Until all rewards arrived; the policy is evaluated meanwhile. */
  readonly rewardMs: number;
}

/**
 * Samples a batch of completions, fetches their rewards and evaluates policy and reference.
 *
 * @throws {AbacusError} `training_failed` if rewards are not available, `cancelled`, or `model_failure` if
 * an output of the policy is not finite
 */
export async function collectRollouts(
  requests: readonly PromptedRequest[],
  sources: RolloutSources,
  random: RandomSource,
): Promise<RolloutBatch> {
  const { engine, rewards, credit, signal } = sources;
  const { completions, texts, sampleMs } = await writeTexts(requests, sources, random);
  const attention = credit.method === OWN_ATTENTION;
  const [fetched, policy, reference] = await Promise.all([
    timed(() => rewards.fetchRewards(texts, signal)),
    engine.evaluate(completions, { whose: "policy", attention }),
    engine.evaluate(completions, { whose: "reference" }),
  ]);
  const rollouts = completions.map((completion, i): Rollout => {
    const reward = fetched.result[i]!;
    return {
      ...completion,
      text: texts[i]!,
      score: reward.score,
      responseMass: reward.responseMass,
      credit: creditOf(reward, credit, policy.attention?.[i]),
      oldLogProbs: policy.logProbs[i]!,
      referenceLogProbs: reference.logProbs[i]!,
      ...(policy.values === undefined ? {} : { values: policy.values[i]! }),
    };
  });
  return { rollouts, sampleMs, rewardMs: fetched.ms };
}

/** Completions with their texts, before anything is known of them. */
export interface WrittenTexts {
  readonly completions: readonly Completion[];
  readonly texts: readonly CompletionText[];
  readonly sampleMs: number;
}

/** Samples a completion for every request and decodes it, up to a stop text. */
export async function writeTexts(
  requests: readonly PromptedRequest[],
  sources: Pick<RolloutSources, "engine" | "text" | "stop" | "decoding">,
  random: RandomSource,
): Promise<WrittenTexts> {
  const { engine, text, stop = [], decoding } = sources;
  const { result: sampled, ms } = await timed(() => engine.sample(requests, random, decoding));
  const decoded = await text.decode(sampled);
  const written = sampled.map((completion, i) => {
    const { ids, promptLength, ended } = completion;
    const text = { ...decoded[i]!, ended, tokens: { ids, promptLength } };
    const given = requests[i]?.given;
    return untilStop({ completion, text: given === undefined ? text : { ...text, given } }, stop);
  });
  return {
    completions: written.map(({ completion }) => completion),
    texts: written.map(({ text }) => text),
    sampleMs: ms,
  };
}

function creditOf(
  { score, perToken, units }: Reward,
  { beta, unit = "token", pay = "last" }: CreditChoice,
  attention: NonNullable<Evaluation["attention"]>[number] | undefined,
): Float64Array {
  if (attention === undefined) return perToken;
  return ownAttentionCredit(score, { attention, beta, units, choice: { unit, pay } }).rewards;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  const startMs = performance.now();
  const result = await work();
  return { result, ms: performance.now() - startMs };
}
