/**
 * The settings of `ppo`; `settings.ts` has those of the other commands.
 *
 * Defaults are those of TRL 0.7.4, which the authors of attention-based credit used, except where a model of
 * a few million weights needs others: a higher learning rate, larger batches and gradient clipping.
 *
 * @module
 */

import { creditMethodNames } from "./credit/registry.ts";
import { z } from "zod";
import { objectiveSettings } from "./settings_objective.ts";
import { rewardServerSettings } from "./settings_reward_server.ts";
import { longPromptChoices } from "./ppo/rollout/long_prompts.ts";
import { besideProgram, help, integer, number, oneOf, text, toggle } from "./settings_readers.ts";

/** The settings that only the trainer reads. */
export function trainingSettings() {
  return {
    ...what(),
    ...sampling(),
    ...rewards(),
    ...objectiveSettings(),
    ...evaluation(),
    ...keeping(),
  };
}

/** The policy, the reward server, prompts and steps. */
function what() {
  return {
    // The bundled policy writes movie reviews, which the bundled reward model scores.
    policy: text().default(() => besideProgram("models/movie-policy")).register(help, {
      value: "DIR",
      description:
        "directory of the language model to train, or of an adapter of it, or the hub id of a pulled one",
      unset: "the bundled movie-policy",
    }),
    ...rewardServerSettings(),
    prompts: text().optional().register(help, {
      value: "FILE",
      description:
        "prompts: JSON Lines with a 'prompt' or chat 'messages' each, or text with one " +
        "per line",
      unset: "openings sampled from the policy",
    }),
    longPrompts: oneOf(...longPromptChoices).default("skip").register(help, {
      value: "ACTION",
      description: "what becomes of a prompt that leaves no room for --max-new-tokens: skip it, " +
        "cut its beginning, or refuse the run",
    }),
    steps: integer(1, 10_000_000).default(100).register(help, {
      value: "N",
      description: "steps of the whole run, each on a new batch of completions",
    }),
    // Streams of random numbers are derived from it (ppo/math/random.ts).
    seed: integer(0, Number.MAX_SAFE_INTEGER).default(1).register(help, {
      value: "N",
      description: "random seed; the same seed gives the same run on a CPU",
    }),
  };
}

/** Sampling of completions. Lengths are those of the IMDb experiment in arXiv 2402.00782. */
function sampling() {
  return {
    batch: integer(1, 65_536).default(64).register(help, {
      value: "N",
      description: "completions per step",
    }),
    minNewTokens: integer(0, 65_536).default(8).register(help, {
      value: "N",
      description: "minimum tokens of a completion; EOS is not allowed before",
    }),
    maxNewTokens: integer(1, 65_536).default(16).register(help, {
      value: "N",
      description: "maximum tokens of a completion",
    }),
    forbiddenEnd: oneOf("masked", "counted").default("masked").register(help, {
      value: "NAME",
      description:
        "whether log-probabilities leave out EOS where it is not allowed, or count it, as " +
        "TRL does; KL can then fall below 0 and be rewarded",
    }),
    varyLength: toggle().default(false).register(help, {
      description: "give each completion a maximum of its own, uniform between those two",
    }),
    stop: stopTexts().default([]).register(help, {
      value: "TEXT",
      description:
        "text that ends a completion, which the reward model is not told; \\n is a line " +
        "break, and several are given by several flags",
      unset: "none",
      separator: "\n",
    }),
    // Never 0: greedy sampling does not explore.
    temperature: number(0.01, 100).default(1).register(help, {
      value: "T",
      description: "temperature of sampling and of log-probabilities",
    }),
    topK: integer(0, 2 ** 24).default(0).register(help, {
      value: "K",
      description: "sample from the K most likely tokens only; 0 for all",
    }),
    topP: number(0, 1).default(1).register(help, {
      value: "P",
      description: "sample from the most likely tokens that together reach this probability",
    }),
  };
}

/** Token rewards: credit minus the KL penalty (arXiv 1909.08593, section 2.2). */
function rewards() {
  return {
    // What training was found to gain from: docs/experiment.md.
    credit: oneOf(...creditMethodNames, "abcd").default("red").register(help, {
      value: "NAME",
      description: "how scores become token rewards: a method of the server, or abcd for the " +
        "policy's own attention; red trained best at equal KL in our experiment, and needs a " +
        "causal reward model",
    }),
    scoreCenter: toggle().default(false).register(help, {
      description: "take the mean score of each step off its scores, and with it off the rewards " +
        "of tokens",
    }),
    scoreScale: toggle().default(false).register(help, {
      description: "divide the scores of each step, and the rewards of tokens, by the deviation " +
        "of its scores",
    }),
    scoreClip: number(0, 1e9).default(0).register(help, {
      value: "X",
      description: "largest size of a score, after those two; 0 for no limit",
    }),
    missingEndPenalty: number(0, 1e9).default(0).register(help, {
      value: "P",
      description: "what a completion pays on its last token that did not end by itself",
    }),
    // Scores of the bundled reward model have about half the range of the paper's.
    klCoefficient: number(0, 1000).default(0.1).register(help, {
      value: "C",
      description: "KL penalty of a token per nat between policy and reference",
    }),
    klEstimator: oneOf("k1", "k2", "k3").default("k1").register(help, {
      value: "NAME",
      description: "estimator of the KL from one token",
    }),
    // The controller of the same paper, with its published gain.
    klTarget: number(0, 100_000).default(0).register(help, {
      value: "NATS",
      description: "target KL per completion of an adaptive coefficient; 0 keeps it fixed",
    }),
    klHorizon: integer(1, 2 ** 40).default(10_000).register(help, {
      value: "N",
      description: "completions over which the coefficient adapts",
    }),
    ...estimation(),
    whitenRewards: toggle().default(false).register(help, {
      description: "scale the token rewards of each batch to variance 1",
    }),
  };
}

/** Generalised advantage estimation, arXiv 1506.02438. */
function estimation() {
  return {
    gamma: number(0, 1).default(1).register(help, {
      value: "G",
      description: "discount of rewards per token",
    }),
    lambda: number(0, 1).default(0.95).register(help, {
      value: "L",
      description: "lambda of generalised advantage estimation",
    }),
    // VC-PPO, arXiv 2503.01491, uses 1 beside 0.95.
    valueLambda: number(0, 1).optional().register(help, {
      value: "L",
      description: "lambda of the returns that the critic learns; with 1 they are the rewards " +
        "still to come",
      unset: "--lambda",
    }),
  };
}

/** Evaluation, on prompts that are not trained on. */
function evaluation() {
  return {
    evalPrompts: text().optional().register(help, {
      value: "FILE",
      description: "prompts to evaluate the policy on, in the forms of --prompts; they are not " +
        "trained on, be they in --prompts as well",
      unset: "none, unless --eval-share is given",
    }),
    // The choice does not depend on --seed, so that runs of several seeds are evaluated on the same prompts.
    evalShare: number(0, 0.9).default(0).register(help, {
      value: "S",
      description: "share of the prompts that is held out to evaluate the policy on; 0 for none",
    }),
    evalEvery: integer(1, 1_000_000).default(10).register(help, {
      value: "N",
      description: "steps between two evaluations of --eval-prompts or --eval-share; there is " +
        "one before training and one at its end as well",
    }),
    // As many as a step's completions, twice: sampled, and greedy.
    evalLimit: integer(1, 65_536).default(64).register(help, {
      value: "N",
      description: "prompts of an evaluation at most",
    }),
  };
}

/** Output of a run. */
function keeping() {
  return {
    // The same command resumes a run.
    out: text().optional().register(help, {
      value: "DIR",
      description: "directory of the run; resumes the run that it has",
      unset: "tmp/ppo/POLICY-CREDIT-SEED",
    }),
    // Stops and errors save a checkpoint in any case; only a crash loses the steps since the last one.
    checkpointEvery: integer(1, 1_000_000).default(50).register(help, {
      value: "N",
      description: "steps between two checkpoints",
    }),
    keepCheckpoints: integer(1, 1_000).default(1).register(help, {
      value: "N",
      description: "checkpoints to keep: the last N, and the best by evaluation, which is saved " +
        "when it is found",
    }),
    // A policy that writes language stays well below; its entropy is about as large.
    divergedKl: number(0, 1e9).default(3).register(help, {
      value: "NATS",
      description:
        "KL per token from the reference above which a run counts as diverged; 0 for never",
    }),
    onDivergence: oneOf("warn", "stop").default("warn").register(help, {
      value: "ACTION",
      description: "what a run does that has diverged: warn, or stop with exit code 1",
    }),
    samples: integer(0, 65_536).default(8).register(help, {
      value: "N",
      description: "completions of each step to keep in samples.jsonl",
    }),
  };
}

/** Texts that are separated by line breaks, with their own line breaks written as \n. */
function stopTexts() {
  return z.string().transform((given) =>
    given.split("\n").filter((text) => text !== "").map((text) => text.replaceAll("\\n", "\n"))
  ).refine((texts) => texts.length > 0 && texts.length <= 64, "1 to 64 texts that are not empty");
}
