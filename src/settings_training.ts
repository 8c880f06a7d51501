/**
 * The settings of `ppo`, as `settings.ts` has those of the other commands.
 *
 * Defaults are those of TRL 0.7.4, which the authors of attention-based credit used, save where a model of a few million weights
 * wants another: it learns faster, from larger batches, and is limited by the norm of its gradient.
 *
 * @module
 */

import { creditMethodNames, defaultCredit } from "./credit/registry.ts";
import { z } from "zod";
import { besideProgram, help, integer, number, oneOf, text, toggle } from "./settings_readers.ts";

/** Every setting that only the trainer reads. */
export function trainingSettings() {
  return {
    ...what(),
    ...sampling(),
    ...rewards(),
    ...optimiser(),
    ...objective(),
    ...keeping(),
  };
}

/** What is trained, on what, against whom. */
function what() {
  return {
    // The bundled one writes reviews that the bundled reward model has an opinion on.
    policy: text().default(() => besideProgram("models/movie-policy")).register(help, {
      value: "DIR",
      description: "directory of the language model to train, or the hub id of one that was pulled",
      unset: "the bundled movie-policy",
    }),
    server: address().optional().register(help, {
      value: "URL",
      description: "reward server to ask, as in http://127.0.0.1:8080",
      unset: "one of its own, on --model",
    }),
    // Long enough for a server to be started again; the run can be gone on with afterwards, too.
    rewardTimeoutMs: integer(1, 86_400_000).default(300_000).register(help, {
      value: "MS",
      description:
        "how long a step may wait for its rewards, with all retries, before the run stops",
    }),
    prompts: text().optional().register(help, {
      value: "FILE",
      description: "prompts to go on from: JSON Lines with a 'prompt' each, or text, one a line",
      unset: "openings that the policy writes itself",
    }),
    steps: integer(1, 10_000_000).default(100).register(help, {
      value: "N",
      description: "steps of the whole run, a batch of completions each",
    }),
    // Streams of random numbers are made from it, see ppo/math/random.ts.
    seed: integer(0, Number.MAX_SAFE_INTEGER).default(1).register(help, {
      value: "N",
      description: "decides every random choice; the same seed gives the same run on a CPU",
    }),
  };
}

/** How completions are written. Lengths are those of the IMDb experiment of arXiv 2402.00782. */
function sampling() {
  return {
    batch: integer(1, 65_536).default(64).register(help, {
      value: "N",
      description: "completions of a step",
    }),
    minNewTokens: integer(0, 65_536).default(8).register(help, {
      value: "N",
      description: "tokens that a completion has before it may end",
    }),
    maxNewTokens: integer(1, 65_536).default(16).register(help, {
      value: "N",
      description: "tokens that a completion has at most",
    }),
    forbiddenEnd: oneOf("masked", "counted").default("masked").register(help, {
      value: "NAME",
      description:
        "log-probabilities leave the end out where it may not come, or count it, as TRL " +
        "does: KL can then fall below 0 and be paid for",
    }),
    varyLength: toggle().default(false).register(help, {
      description: "give each completion a limit of its own, drawn from the two above",
    }),
    // Never 0: the likeliest token alone would leave nothing to explore.
    temperature: number(0.01, 100).default(1).register(help, {
      value: "T",
      description: "what logits are divided by, when sampling and when learning",
    }),
    topK: integer(0, 2 ** 24).default(0).register(help, {
      value: "K",
      description: "draw from the K likeliest tokens only; 0 for all",
    }),
    topP: number(0, 1).default(1).register(help, {
      value: "P",
      description: "draw from the likeliest tokens that together reach this probability",
    }),
  };
}

/** What tokens are paid: credit, less the cost of KL (arXiv 1909.08593, section 2.2). */
function rewards() {
  return {
    credit: oneOf(...creditMethodNames, "abcd").default(defaultCredit.method).register(
      help,
      {
        value: "NAME",
        description: "how scores become token rewards: a method of the server, or abcd, the " +
          "policy's own attention",
      },
    ),
    // Scores of the bundled reward model span about half of what the paper's do.
    klCoefficient: number(0, 1000).default(0.1).register(help, {
      value: "C",
      description: "what a token pays for each nat that the policy is away from the reference",
    }),
    klEstimator: oneOf("k1", "k2", "k3").default("k1").register(help, {
      value: "NAME",
      description: "how that distance is estimated from one token",
    }),
    // The controller of the same paper, with its published gain.
    klTarget: number(0, 100_000).default(0).register(help, {
      value: "NATS",
      description: "KL per completion that the coefficient is steered to; 0 keeps it fixed",
    }),
    klHorizon: integer(1, 2 ** 40).default(10_000).register(help, {
      value: "N",
      description: "completions over which it is steered",
    }),
    gamma: number(0, 1).default(1).register(help, {
      value: "G",
      description: "discount of a reward one token later",
    }),
    lambda: number(0, 1).default(0.95).register(help, {
      value: "L",
      description: "lambda of generalised advantage estimation",
    }),
    whitenRewards: toggle().default(false).register(help, {
      description: "bring each batch's token rewards to variance 1",
    }),
  };
}

/** How parameters change: Adam, arXiv 1412.6980, with decoupled weight decay, arXiv 1711.05101. */
function optimiser() {
  return {
    epochs: integer(1, 1000).default(2).register(help, {
      value: "N",
      description: "how often a step's completions are learnt from",
    }),
    // Sizes may differ by one, so the batch need not be a multiple of it.
    minibatches: integer(1, 65_536).default(2).register(help, {
      value: "N",
      description: "parts of the batch, an update each",
    }),
    learningRate: number(0, 10).default(3e-4).register(help, {
      value: "R",
      description: "learning rate of Adam",
    }),
    schedule: oneOf("constant", "linear", "cosine").default("constant").register(help, {
      value: "NAME",
      description: "how the rate falls to 0 over the run",
    }),
    warmUpUpdates: integer(0, 1_000_000).default(0).register(help, {
      value: "N",
      description: "updates over which the rate rises to its full height",
    }),
    adamBeta1: number(0, 0.999999).default(0.9).register(help, {
      value: "B",
      description: "how long Adam remembers gradients",
    }),
    adamBeta2: number(0, 0.999999).default(0.999).register(help, {
      value: "B",
      description: "how long Adam remembers their squares",
    }),
    adamEpsilon: number(0, 1).default(1e-8).register(help, {
      value: "E",
      description: "what Adam adds to a root before it divides",
    }),
    weightDecay: number(0, 1).default(0).register(help, {
      value: "D",
      description: "decoupled weight decay of all parameters",
    }),
    // 0 stands for no limit, here and below, for a flag cannot be infinite.
    maxGradientNorm: number(0, 1e9).default(1).register(help, {
      value: "X",
      description: "longest gradient; longer ones are scaled down. 0 for no limit",
    }),
  };
}

/** What is made better: the losses of PPO, arXiv 1707.06347, and how far a step may go. */
function objective() {
  return {
    clip: number(0.0001, 100).default(0.2).register(help, {
      value: "E",
      description: "how far a token's probability ratio counts from 1",
    }),
    valueClip: number(0, 1e9).default(0.2).register(help, {
      value: "E",
      description: "how far a value counts from the old one; 0 for no limit",
    }),
    valueCoefficient: number(0, 1000).default(0.1).register(help, {
      value: "C",
      description: "weight of the value loss",
    }),
    entropyCoefficient: number(0, 1000).default(0).register(help, {
      value: "C",
      description: "weight of the entropy bonus",
    }),
    // One of its own takes the memory and the time of a second policy.
    critic: oneOf("shared", "separate").default("shared").register(help, {
      value: "KIND",
      description: "a value head on the policy, or on a second trunk that starts as its copy",
    }),
    valueWarmUpSteps: integer(0, 1_000_000).default(0).register(help, {
      value: "N",
      description: "steps at the start in which the critic alone learns",
    }),
    stopKl: number(0, 1e9).default(0).register(help, {
      value: "NATS",
      description: "end a step's updates with the first that finds the policy further from the " +
        "one that wrote; it is still made. 0 for never",
    }),
  };
}

/** What a run leaves behind. */
function keeping() {
  return {
    // One that holds a run goes on with it, so that the same command may be given again.
    out: text().optional().register(help, {
      value: "DIR",
      description: "directory of the run; one that holds an interrupted run goes on with it",
      unset: "tmp/ppo/POLICY-CREDIT-SEED",
    }),
    // A stop or a failure keeps what is done in any case: this is what a crash may cost.
    checkpointEvery: integer(1, 1_000_000).default(50).register(help, {
      value: "N",
      description: "steps between two checkpoints",
    }),
    samples: integer(0, 65_536).default(8).register(help, {
      value: "N",
      description: "completions of each step that samples.jsonl keeps",
    }),
  };
}

/** The address of a server: `localhost:8080` is one to a person, and to a program one of the scheme `localhost`. */
function address() {
  return z.string().trim().refine(
    (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol),
    "an address such as http://127.0.0.1:8080",
  );
}
