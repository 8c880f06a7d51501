/**
 * Slope: how fast the score of each sequence changes with the embeddings of its tokens. One forward and one
 * backward pass, down to the embeddings and no further: no weight has a gradient.
 *
 * @module
 */

import { gradients } from "../../onnx/gradient.ts";
import { cast, matmul, mul, reduceSum } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { PassInputs } from "./measurement.ts";

/**
 * What scores are multiplied with in half precision, so that small derivatives do not become 0 on their way
 * back (arXiv 1710.03740, section 3.2). With four times as much, derivatives behind the norm of a small head
 * left the range of half precision in Qwen3.
 */
const LOSS_SCALE = 256;

/** The scores of sequences, and how they change. */
export interface Slope {
  /** The head's outputs at the pooled states, weighted by what each label weighs: `[batch, 1]`. */
  readonly scores: Value;
  /** The embeddings, as they went on, `[tokens, hidden]`. */
  readonly words: Value;
  /** To first order, what a score gains where its tokens' embeddings go by `[tokens, hidden]`: `[tokens]`. */
  along(direction: Value): Value;
}

/**
 * Writes it.
 *
 * @param placed what goes on in the place of the embeddings; scores are not scaled then, as derivatives are large
 * where norms see little. @default they themselves
 * @throws {TypeError} where the trunk names no embeddings
 */
export function slopeOf(
  { architecture, parameters, batch, labelWeights, pool, gate }: PassInputs,
  placed?: (words: Value) => Value,
): Slope {
  const { trunk } = architecture;
  let words: Value | undefined;
  const states = trunk.hidden(batch, parameters.at(trunk.prefix), {
    frame: () => batch.frame,
    embedded: (stored) => words = placed?.(stored) ?? stored,
  }); // [tokens, hidden]
  if (words === undefined) {
    throw new TypeError(
      `Cannot differentiate a trunk that names no embeddings: received "${trunk.family}"`,
    );
  }
  const logits = architecture.head.write(pool(states), parameters, gate(states)); // [batch, labels]
  const scale = words.dtype === "float32" || placed !== undefined ? 1 : LOSS_SCALE;
  const blend = words.graph.root.constant({
    dtype: "float32",
    shape: [labelWeights.length, 1],
    data: labelWeights.map((weight) => weight * scale),
  });
  const scaled = (x: Value) => scale === 1 ? x : mul(x, 1 / scale);
  // No sequence sees another, so the gradient of the sum of all scores is that of each.
  const scores = matmul(logits, blend);
  const [slope] = gradients(scores, [words]);
  return {
    scores: scaled(scores),
    words,
    along: (direction) =>
      scaled(reduceSum(mul(cast(slope!, "float32"), cast(direction, "float32")), [1])),
  };
}
