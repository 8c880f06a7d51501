/**
 * Gated head (arXiv 2406.12845), as ArmoRM's `LlamaForRewardModelWithGating` has it: objectives are scored at
 * the end of the text, and what each of them weighs is said by a network that reads the end of the prompt.
 *
 * @module
 */

import { z } from "zod";
import { activation } from "../../layers/activation.ts";
import { linear } from "../../layers/linear.ts";
import type { Parameters } from "../../layers/parameters.ts";
import { concat, matmul, mul, reduceSum, softmax } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { Pooling } from "../../text/pooling.ts";
import { badConfiguration } from "../configuration.ts";
import type { Head } from "./head.ts";
import type { HeadKind, HeadSource } from "./head_kind.ts";

/** `<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n` in Llama 3, as the class writes it down. */
const ASSISTANT = [128_009, 128_006, 78_191, 128_007, 271];

/** The objectives of ArmoRM-Llama3-8B-v0.1 in the order of its model card. */
const OBJECTIVES = [
  "helpsteer-helpfulness",
  "helpsteer-correctness",
  "helpsteer-coherence",
  "helpsteer-complexity",
  "helpsteer-verbosity",
  "ultrafeedback-overall_score",
  "ultrafeedback-instruction_following",
  "ultrafeedback-truthfulness",
  "ultrafeedback-honesty",
  "ultrafeedback-helpfulness",
  "beavertails-is_safe",
  "prometheus-score",
  "argilla-overall_quality",
  "argilla-judge_lm",
  "code-complexity",
  "code-style",
  "code-explanation",
  "code-instruction-following",
  "code-readability",
];

const SCORE = "score";

const size = z.number().int().positive();

const configuration = z.object({
  num_objectives: size.default(19),
  gating_temperature: z.number().positive().default(10),
  gating_hidden_dim: size.default(1024),
  gating_n_hidden: z.number().int().nonnegative().max(100).default(3),
  // Quantiles of each objective, as QRM has them.
  num_quantiles: size.nullish(),
});

type GatedConfig = z.infer<typeof configuration>;

/** ArmoRM's head, whose gate reads where the last turn of the assistant begins. */
export const gatedHead: HeadKind = gatedKind(ASSISTANT);

/** The same with a gate that reads the first token of the last of such a list of tokens. */
export function gatedKind(tokens: readonly number[]): HeadKind {
  return {
    tensor: "gating.logit_scale",
    head(source) {
      const config = configuration.parse(source.fields);
      if (config.num_quantiles != null) throw refuseQuantiles(config.num_quantiles);
      return headOf(source, config);
    },
    pooling: ({ config: { pad_token_id: padding } }): Pooling => ({
      gate: tokens,
      ...(padding === undefined || padding === null ? {} : { beforeFirst: padding }),
    }),
  };
}

function headOf({ trunk }: HeadSource, config: GatedConfig): Head {
  const { num_objectives: outputs } = config;
  const { hidden: inputs } = trunk.dimensions;
  const objectives = outputs === OBJECTIVES.length
    ? OBJECTIVES
    : Array.from({ length: outputs }, (_, i) => `objective_${i}`);
  return {
    text: `linear regression_layer, weighed by gating at the end of the prompt`,
    labels: [SCORE, ...objectives],
    usual: SCORE,
    write(states, at, gates) {
      if (gates === undefined) {
        throw new TypeError("Cannot weigh objectives without a gate's states");
      }
      const shape = { inputs, outputs, bias: false };
      const raw = linear(states, at.at("regression_layer"), shape); // [rows, objectives]
      const matrix = at.take("reward_transform_matrix", [outputs, outputs], "float32");
      const weighed = mul(
        weightsOf(gates, at.at("gating"), { inputs, config }),
        matmul(raw, matrix),
      );
      return concat([reduceSum(weighed, [1], { keep: true }), raw], 1);
    },
  };
}

/** What each objective weighs, `[rows, objectives]`: layers with ReLU between them, softmax, a scale. */
function weightsOf(
  gates: Value,
  at: Parameters,
  { inputs, config }: { inputs: number; config: GatedConfig },
): Value {
  const { gating_n_hidden: layers, gating_hidden_dim: wide, num_objectives: last } = config;
  let x = gates;
  for (let i = 0; i <= layers; i++) {
    const shape = { inputs: i === 0 ? inputs : wide, outputs: i === layers ? last : wide };
    x = linear(x, at.at("layers").at(i), { ...shape, bias: true });
    if (i < layers) x = activation("relu", x);
  }
  const shares = softmax(mul(x, 1 / config.gating_temperature));
  return mul(shares, at.take("logit_scale", [1], "float32"));
}

function refuseQuantiles(count: number): Error {
  return badConfiguration(
    'Cannot serve a model as a reward model as "num_quantiles" says that it is QRM, whose head gives ' +
      `quantiles of every objective behind a gate of its own: received ${count}`,
  );
}
