/**
 * Integrated gradients: what the score gains on the way from tokens that say nothing to those of the sequence,
 * and how much of it each token brings.
 *
 * @module
 */

import { add, cast, concat, mul, reduceMean, reshape, sub } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { OwnPassMeasurement, PassInputs } from "./measurement.ts";
import { slopeOf } from "./slope.ts";

/** Rows of the table of embeddings whose mean is the start of the way, at most: evenly spread over it. */
const BLANK_ROWS = 1024;

/**
 * One point of the way: the embedding of a token is `blank + share * (embedding - blank)`, with its share of
 * the way, from 0 to 1. Of each token two numbers, which `passes/path.ts` adds up over the points:
 *
 * - the gradient of the score by its embedding there, times `embedding - blank`;
 * - the score there, times what the token weighs in the pooled state: over the sequence they add up to it.
 */
export const integrated: OwnPassMeasurement = {
  pass: "own",
  what: "an integrated gradient",
  // Steps double from 8 until gradients add up to what the score gains, or there are 128.
  path: { fewest: 8, most: 128, residual: 0.01, change: 0.1 },
  write(inputs) {
    let direction: Value | undefined;
    const { scores, along } = slopeOf(inputs, (words) => {
      const blank = blankWord(words, inputs);
      direction = sub(words, blank);
      const share = cast(reshape(inputs.share(), [{ rest: "tokens" }, 1]), words.dtype);
      return add(blank, mul(direction, share));
    });
    const perToken = (x: Value) => reshape(x, [{ rest: "tokens" }, 1]);
    const gained = perToken(mul(scores, inputs.poolWeights()));
    return concat([perToken(along(direction!)), gained], 1); // [tokens, 2]
  },
};

/** The mean of rows of the table of embeddings, `[1, hidden]`. */
function blankWord(
  words: Value,
  { architecture: { trunk }, parameters }: PassInputs,
): Value {
  const { vocabulary: count } = trunk.dimensions;
  const rows = Math.min(count, BLANK_ROWS);
  const index = words.graph.root.constant({
    dtype: "int32",
    shape: [rows],
    data: Array.from({ length: rows }, (_, row) => Math.floor(row * count / rows)),
  });
  const width = Number(words.shape[1]);
  const table = parameters.at(trunk.prefix).at(trunk.embeddings).rows(index, { count, width });
  const mean = reduceMean(cast(table, "float32"), [0]);
  return cast(reshape(mean, [1, width]), words.dtype);
}
