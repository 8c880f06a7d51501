/**
 * A run that never was: made-up contents for the report's tests.
 *
 * @module
 */

import {
  type EvaluationLine,
  type EvaluationName,
  evaluationNames,
} from "../../../src/ppo/run/evaluation_metrics.ts";
import { type MetricName, metricNames, type MetricsLine } from "../../../src/ppo/run/metrics.ts";
import type { RunContents } from "../../../src/ppo/report/report.ts";
import type { SampleLine } from "../../../src/ppo/run/run_files.ts";

/** A step whose metrics are all `value`, except those given. */
export function madeUpLine(
  step: number,
  named: Partial<Record<MetricName, number>> = {},
  value = 0.5,
): MetricsLine {
  const all = Object.fromEntries(metricNames.map((name) => [name, value]));
  return { ...all as Record<MetricName, number>, ...named, step };
}

/** A completion of three tokens, except for what is given. */
export function madeUpSample(named: Partial<SampleLine> = {}): SampleLine {
  return {
    step: 1,
    prompt: "The film was",
    completion: " a joy.",
    score: 1.25,
    ended: true,
    tokens: [" a", " joy", "."],
    rewards: [0.25, -0.5, 1.5],
    kl: [0, 0.125, -0.25],
    ...named,
  };
}

/** A whole run whose score rises over its steps. */
export function madeUpRun(steps: number): RunContents {
  const noise = (seed: number) => Math.sin(12.9898 * seed) * Math.cos(78.233 * seed + 1);
  const metrics = Array.from({ length: steps }, (_, i) => {
    const progress = 1 - Math.exp(-3 * i / steps);
    return madeUpLine(i + 1, {
      score_mean: -0.6 + 4.2 * progress + 0.35 * noise(i),
      score_std: 1.6 - 0.7 * progress,
      reward_mean: -0.6 + 3.1 * progress + 0.35 * noise(i),
      kl: 9 * progress + 0.4 * noise(i + 0.3),
      kl_per_token: 0.3 * progress,
      kl_coefficient: 0.1,
      policy_loss: -0.02 - 0.008 * noise(i + 1),
      value_loss: 1.4 * Math.exp(-4 * i / steps) + 0.1 + 0.05 * noise(i + 2),
      entropy: 3.4 - 1.1 * progress + 0.05 * noise(i + 3),
      approx_kl: 0.012 + 0.004 * noise(i + 4),
      clip_fraction: 0.11 + 0.03 * noise(i + 5),
      explained_variance: i === 0 ? NaN : 0.85 - 1.4 * Math.exp(-8 * i / steps),
      learning_rate: 1.41e-5 * (1 - i / steps),
      length_mean: 26 + 6 * progress + 1.5 * noise(i + 6),
      length_std: 4,
      updates: 16,
      early_stopped: 0,
      tokens_per_second: 820 + 40 * noise(i + 7),
      step_seconds: 2.4 + 0.2 * noise(i + 8),
    });
  });
  return {
    settings: {
      settings: { method: "abc", beta: 0.8, steps, batch: 64, learningRate: 1.41e-5, kl: 0.1 },
      seed: 7,
      models: {
        policy: "models/movie-writer",
        reference: "models/movie-writer",
        reward: "models/movie-reward",
      },
      versions: { abacus: "0.1.0", deno: "2.9.6", "onnxruntime-node": "1.30.0" },
    },
    metrics,
    samples: [1, steps].flatMap((step) => madeUpSamples(step, step === 1 ? -1 : 1)),
  };
}

const texts: Readonly<Record<number, readonly string[]>> = {
  [-1]: [
    " so| slow| that| I| wanted| my| money| back|.|EOS",
    " the| the| plot| of| nothing|,|\n|  and| a| a| door",
    " kind| of| flat|,| the| cast| looks| tired| and| lost",
  ],
  [1]: [
    " a| warm|,| witty| and| beautifully| acted| surprise|.|EOS",
    " every| scene| glows|;| a| small| mas|ter|piece| 🎬|.",
    " gripping| from| the| first| shot| to| the| last|.",
  ],
};

function madeUpSamples(step: number, side: -1 | 1): SampleLine[] {
  const prompts = ["This film was", "I have to say that", "Two hours of it, and I found it"];
  return prompts.map((prompt, i) => {
    const tokens = texts[side]![i]!.split("|").map((text) =>
      text === "EOS" ? "<|endoftext|>" : text
    );
    const rewards = tokens.map((_, t) => side * (Math.sin(3 * t + i) * 0.4 + 0.22));
    return madeUpSample({
      step,
      prompt,
      completion: tokens.join(""),
      tokens,
      rewards,
      kl: tokens.map((_, t) => Math.cos(t) * 0.2),
      score: rewards.reduce((sum, reward) => sum + reward, 0),
      ended: i === 0,
    });
  });
}

/** An evaluation whose numbers are all `value`. */
export function madeUpEvaluation(step: number, value = 0.5): EvaluationLine {
  const all = Object.fromEntries(evaluationNames.map((name) => [name, value]));
  return { ...all as Record<EvaluationName, number>, step };
}
