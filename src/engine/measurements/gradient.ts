/**
 * Gradient times embedding: how much the score of a sequence owes, to first order, to the embedding of
 * each of its tokens. One forward and one backward pass, down to the embeddings and no further: no
 * weight has a gradient.
 *
 * @module
 */

import { gradients } from "../../onnx/gradient.ts";
import { cast, matmul, mul, reduceSum } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { OwnPassMeasurement } from "./measurement.ts";

/**
 * What scores are multiplied with in half precision, so that small derivatives do not become 0 on their way
 * back (arXiv 1710.03740, section 3.2). With four times as much, derivatives behind the norm of a small head
 * left the range of half precision in Qwen3.
 */
const LOSS_SCALE = 256;

/**
 * For each token, the gradient of its sequence's score by the token's embedding, times that embedding:
 * what the score would lose, to first order, were the embedding 0. The score is the head's outputs at
 * the pooled state, weighted by what each label weighs.
 */
export const gradient: OwnPassMeasurement = {
  pass: "own",
  what: "a gradient",
  write({ architecture, parameters, batch, labelWeights, pool, gate }) {
    const { trunk } = architecture;
    let words: Value | undefined;
    const states = trunk.hidden(batch, parameters.at(trunk.prefix), {
      frame: () => batch.frame,
      embedded: (embeddings) => words = embeddings,
    }); // [tokens, hidden]
    if (words === undefined) {
      throw new TypeError(
        `Cannot differentiate a trunk that names no embeddings: received "${trunk.family}"`,
      );
    }
    const logits = architecture.head.write(pool(states), parameters, gate(states)); // [batch, labels]
    const scale = words.dtype === "float32" ? 1 : LOSS_SCALE;
    const blend = words.graph.root.constant({
      dtype: "float32",
      shape: [labelWeights.length, 1],
      data: labelWeights.map((weight) => weight * scale),
    });
    // No sequence sees another, so the gradient of the sum of all scores is that of each.
    const scores = matmul(logits, blend); // [batch, 1]
    const [slope] = gradients(scores, [words]);
    const owed = reduceSum(mul(cast(slope!, "float32"), cast(words, "float32")), [1]);
    return scale === 1 ? owed : mul(owed, 1 / scale);
  },
};
