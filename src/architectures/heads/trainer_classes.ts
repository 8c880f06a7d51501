/**
 * Classes of trainers' own: the trunk of a family with another head than transformers puts on it, by the
 * name that config.json gives. The Python that comes with such models is never run: this table says what it
 * does, and each row names the code that it restates.
 *
 * @module
 */

import type { CausalFamily } from "../causal_family.ts";
import { llama } from "../llama.ts";
import { mistral } from "../mistral.ts";
import { qwen2 } from "../qwen2.ts";
import { gatedHead } from "./gated.ts";
import { type HeadKind, linearKind } from "./head_kind.ts";
import { layeredHead } from "./layered.ts";
import { beforePadding, lastToken } from "./reading_places.ts";
import { safeScoreHead } from "./safe_score.ts";

/** A class that is read by the page of a family. */
export interface TrainerClass {
  readonly family: CausalFamily;
  readonly kind: HeadKind;
}

/** Linear, ReLU, linear; one output, and biases, whatever config.json says. */
const mlpScore: HeadKind = {
  tensor: "score.0.weight",
  head({ trunk: { dimensions: { hidden } } }) {
    const layers = [
      { name: "score.0", outputs: hidden, bias: true },
      { name: "score.2", outputs: 1, bias: true },
    ];
    return layeredHead({ inputs: hidden, labels: ["LABEL_0"], layers });
  },
  pooling: beforePadding,
};

/** One output without a bias. */
const regressionHead: HeadKind = {
  ...linearKind({ name: "regression_head", bias: false, outputs: 1 }),
  pooling: lastToken,
};

/** By the name of the class. */
export const trainerClasses: Readonly<Record<string, TrainerClass>> = {
  // INF-ORM-Llama3.1-70B: the class on its model card.
  INFORMForSequenceClassification: { family: llama, kind: mlpScore },
  // Qwen2.5-Math-RM-72B and WorldPM-72B: modeling_qwen2_rm.py, as vLLM and SGLang restate it.
  Qwen2ForRewardModel: { family: qwen2, kind: mlpScore },
  // UltraRM-13b: the class on its model card.
  LlamaRewardModel: { family: llama, kind: regressionHead },
  // Eurus-RM-7b: modeling_eurus_rm.py.
  EurusRewardModel: { family: mistral, kind: regressionHead },
  // ArmoRM-Llama3-8B-v0.1: modeling_custom.py.
  LlamaForRewardModelWithGating: { family: llama, kind: gatedHead },
  // beaver-7b-v1.0-reward and -cost and their successors: safe_rlhf/models/score_model.
  LlamaModelForScore: { family: llama, kind: safeScoreHead },
  LlamaForScore: { family: llama, kind: safeScoreHead },
};
