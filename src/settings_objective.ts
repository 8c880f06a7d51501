/**
 * The settings of what a policy is trained on: the algorithm, the optimizer and the loss.
 *
 * @module
 */

import { z } from "zod";
import { algorithmNames, algorithms } from "./ppo/algorithms/registry.ts";
import { lossMeans } from "./ppo/graphs/loss_mean.ts";
import { advantageScales } from "./ppo/math/advantage_scale.ts";
import { help, integer, number, oneOf } from "./settings_readers.ts";

/** The settings of the objective and of its optimizer. */
export function objectiveSettings() {
  return { ...algorithm(), ...adapter(), ...optimiser(), ...loss() };
}

/**
 * How rewards become advantages. What is published for an algorithm is its default in all that follows from
 * it, so that naming one is enough.
 */
function algorithm() {
  const summaries = algorithmNames.map((name) => `${name}: ${algorithms[name].summary}`);
  return {
    algorithm: oneOf(...algorithmNames).default("ppo").register(help, {
      value: "NAME",
      description: `how rewards become advantages (${summaries.join("; ")})`,
    }),
    completionsPerPrompt: integer(1, 65_536).optional().register(help, {
      value: "K",
      description: "completions of each prompt of a step; --batch counts all of them",
      unset: "1; 4 for rloo, 8 for grpo",
    }),
    advantageScale: oneOf(...advantageScales).optional().register(help, {
      value: "NAME",
      description: "what brings advantages to one size: their mean and deviation over the step, " +
        "the deviation of the total rewards of a prompt's completions, or nothing",
      unset: "batch; group for grpo, none for rloo",
    }),
    klIn: oneOf("reward", "loss").optional().register(help, {
      value: "PLACE",
      description: "where the KL penalty is paid: in the rewards of tokens by --kl-estimator, " +
        "or in the loss by k3",
      unset: "reward; loss for grpo",
    }),
  };
}

/** A low-rank adapter: LoRA, arXiv 2106.09685, under the names of peft. */
function adapter() {
  return {
    loraRank: integer(0, 4096).default(0).register(help, {
      value: "N",
      description: "rank of a LoRA adapter that is trained in place of the policy's own weights, " +
        "and saved for peft; 0 trains those",
    }),
    loraAlpha: number(0.001, 1e6).optional().register(help, {
      value: "X",
      description: "what the adapter adds is multiplied by this and divided by --lora-rank",
      unset: "8",
    }),
    loraModules: moduleNames().optional().register(help, {
      value: "NAMES",
      description: "linear layers that are adapted, by the last parts of their names, as in " +
        "q_proj,v_proj; all-linear for all but the head",
      unset: "those of peft: queries and values, or the layer that they share",
    }),
  };
}

/** Names of modules with commas between them. */
function moduleNames() {
  const expected = "names of modules with commas between them, as in q_proj,v_proj";
  return z.string().trim().max(10_000, expected).regex(/^[\w.-]+(\s*,\s*[\w.-]+)*$/, expected)
    .transform((names) => names.split(",").map((name) => name.trim()));
}

/** The optimizer: Adam, arXiv 1412.6980, with decoupled weight decay, arXiv 1711.05101. */
function optimiser() {
  return {
    epochs: integer(1, 1000).default(2).register(help, {
      value: "N",
      description: "passes over the completions of a step",
    }),
    // Sizes may differ by one, so the batch need not be a multiple.
    minibatches: integer(1, 65_536).default(2).register(help, {
      value: "N",
      description: "minibatches per pass, with an update each",
    }),
    // The sum of the parts' gradients differs from the whole's in its last bits alone.
    accumulate: integer(1, 65_536).default(1).register(help, {
      value: "N",
      description: "parts that a minibatch is computed in, one after the other, which takes the " +
        "memory of a part; the update is the same",
    }),
    learningRate: number(0, 10).default(3e-4).register(help, {
      value: "R",
      description: "learning rate of Adam",
    }),
    schedule: oneOf("constant", "linear", "cosine").default("constant").register(help, {
      value: "NAME",
      description: "decay of the learning rate to 0 over the run",
    }),
    warmUpUpdates: integer(0, 1_000_000).default(0).register(help, {
      value: "N",
      description: "updates of linear learning rate warm-up",
    }),
    adamBeta1: number(0, 0.999999).default(0.9).register(help, {
      value: "B",
      description: "Adam's decay of the gradient's mean",
    }),
    adamBeta2: number(0, 0.999999).default(0.999).register(help, {
      value: "B",
      description: "Adam's decay of the gradient's square",
    }),
    // Never 0: the step of a weight without a gradient, as of a fresh adapter's, would be 0 / 0. In float32.
    adamEpsilon: number(1e-30, 1).default(1e-8).register(help, {
      value: "E",
      description: "Adam's epsilon, added to the denominator; above 0",
    }),
    weightDecay: number(0, 1).default(0).register(help, {
      value: "D",
      description: "decoupled weight decay of all parameters",
    }),
    // 0 means no limit, here and below, as flags cannot be infinite.
    maxGradientNorm: number(0, 1e9).default(1).register(help, {
      value: "X",
      description: "gradients are clipped to this norm; 0 for no clipping",
    }),
    ...criticOptimiser(),
  };
}

/** What of it a critic may have of its own. */
function criticOptimiser() {
  return {
    // A head that starts at 0 may learn faster than the policy should.
    criticLearningRate: number(0, 10).optional().register(help, {
      value: "R",
      description: "learning rate of what the critic alone has: its head, and a trunk of its own",
      unset: "--learning-rate",
    }),
    criticMaxGradientNorm: number(0, 1e9).optional().register(help, {
      value: "X",
      description: "norm that the critic's gradient is clipped to by itself; 0 for no clipping",
      unset: "--max-gradient-norm limits the gradient of both together",
    }),
  };
}

/** The loss of PPO, arXiv 1707.06347, what later algorithms change in it, and the critic. */
function loss() {
  return {
    clip: number(0.0001, 100).default(0.2).register(help, {
      value: "E",
      description: "clip range of probability ratios around 1",
    }),
    // DAPO uses 0.28 beside 0.2.
    clipHigh: number(0, 100).default(0).register(help, {
      value: "E",
      description: "clip range above 1, as in DAPO's clip-higher; 0 for that of --clip",
    }),
    // Ye et al. use 3.
    dualClip: number(0, 1000).default(0).register(help, {
      value: "C",
      description: "limit to the loss of a token of negative advantage, as a multiple of the " +
        "advantage; 0 for none",
    }),
    // Of one length for all completions, the three differ by a factor alone.
    lossMean: oneOf(...lossMeans).optional().register(help, {
      value: "NAME",
      description: "how losses of tokens become one: the mean over tokens, the mean over " +
        "completions of their means, or the sum over a constant length, --max-new-tokens",
      unset: "token; sequence for grpo, constant for rloo",
    }),
    valueClip: number(0, 1e9).default(0.2).register(help, {
      value: "E",
      description: "clip range of values around the old ones; 0 for no clipping",
    }),
    valueCoefficient: number(0, 1000).default(0.1).register(help, {
      value: "C",
      description: "weight of the value loss",
    }),
    entropyCoefficient: number(0, 1000).default(0).register(help, {
      value: "C",
      description: "weight of the entropy bonus",
    }),
    // A separate one takes the memory and time of a second policy.
    critic: oneOf("shared", "separate").default("shared").register(help, {
      value: "KIND",
      description:
        "a value head on the policy, or on a second trunk that starts as a copy, which takes a third more " +
        "time; in our experiment --credit terminal gained much by it, red nothing",
    }),
    valueWarmUpSteps: integer(0, 1_000_000).default(0).register(help, {
      value: "N",
      description: "steps at the start that train the critic alone",
    }),
    stopKl: number(0, 1e9).default(0).register(help, {
      value: "NATS",
      description:
        "end a step's updates after the first whose KL from the sampling policy exceeds " +
        "this; 0 for no limit",
    }),
  };
}
