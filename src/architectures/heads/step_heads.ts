/**
 * The heads of process reward models: read at the end of each step, with what the model's trainer put there.
 *
 * @module
 */

import { z } from "zod";
import type { StepHabits } from "../architecture.ts";
import { labelNames } from "../configuration.ts";
import type { HeadKind } from "./head_kind.ts";
import { layeredHead } from "./layered.ts";

const biased = z.object({ token_classification_bias: z.boolean().default(true) });

/** TRL writes `PRMConfig.step_separator`, a line break, behind every step (`PRMTrainer.tokenize_row`). */
const trl: StepHabits = { at: "line", mark: "separator", score: "softmax" };

/**
 * The head of `...ForTokenClassification` of transformers' decoders, which TRL trains: linear, with a bias
 * unless config.json says otherwise (`GenericForTokenClassification`; where it is called `classifier`, always).
 * Dropout is off.
 */
export function tokenClassifierHead(name: "score" | "classifier"): HeadKind {
  return {
    tensor: `${name}.weight`,
    head({ trunk, config, fields }) {
      const labels = labelNames(config);
      const { hidden: inputs } = trunk.dimensions;
      const bias = name === "classifier" || biased.parse(fields).token_classification_bias;
      return layeredHead({ inputs, labels, layers: [{ name, outputs: labels.length, bias }] });
    },
    pooling: () => "steps",
    steps: trl,
  };
}

/**
 * `Qwen2ForProcessRewardModel` (Qwen2.5-Math-PRM, arXiv 2501.07301): two layers, two labels, read at each
 * `<extra_0>`, which its card puts between the steps and behind the last; responses of Qwen2.5-Math-Instruct
 * have blank lines there.
 */
export const qwenStepHead: HeadKind = {
  tensor: "score.0.weight",
  head({ trunk: { dimensions: { hidden } } }) {
    return layeredHead({
      inputs: hidden,
      labels: ["LABEL_0", "LABEL_1"],
      layers: [
        { name: "score.0", outputs: hidden, bias: true },
        { name: "score.2", outputs: 2, bias: true },
      ],
    });
  },
  pooling: () => "steps",
  steps: { at: "paragraph", mark: "<extra_0>", score: "softmax" },
};

/**
 * `Qwen2ForPrmModel` (Skywork-o1-Open-PRM): a value head over a language model, whose logistic function is the
 * score. `prepare_input` of skywork-o1-prm-inference tokenises each line by itself, with a line break behind it.
 */
export const skyworkStepHead: HeadKind = {
  tensor: "v_head.summary.weight",
  head({ trunk: { dimensions: { hidden } } }) {
    const layers = [{ name: "v_head.summary", outputs: 1, bias: true }];
    return layeredHead({ inputs: hidden, labels: ["LABEL_0"], layers });
  },
  pooling: () => "steps",
  steps: { at: "line", mark: "separator", score: "sigmoid" },
};
