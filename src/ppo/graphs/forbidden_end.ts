/**
 * Forbidden end: what a policy says of the next token where its text may not end yet.
 *
 * A text of a least length is drawn without the end. Log-probabilities that count the end all the same are
 * those of a policy that did not write it: as it comes to want the end, what it writes instead seems
 * ever less likely, its KL from the reference falls below 0, and PPO is paid for that. The guide of TRL
 * 0.7.4 (docs/source/how_to_train.md) warns of it; masked logits have no such leak.
 *
 * @module
 */

import { add, cast, mul, scatterAdd } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";

/** Whether log-probabilities know that the end was forbidden, or count it among what could be said. */
export type ForbiddenEnd = "masked" | "counted";

/** Far below any logit, yet finite: 0 times it is 0. */
const OUT_OF_REACH = -1e9;

/**
 * Logits without the end where `early` is 1.
 *
 * @param logits `[rows, vocabulary]`
 * @param early `float32[rows, 1]`, 0 or 1
 * @param ends the ids of the tokens that end a text, at least one
 */
export function withoutEnds(logits: Value, early: Value, ends: readonly number[]): Value {
  const data = [...new Set(ends)];
  const ids = logits.graph.root.constant({ dtype: "int32", shape: [1, data.length], data });
  const index = add(mul(cast(early, "int32"), 0), ids); // [rows, ends]
  const updates = mul(
    early,
    logits.graph.root.constant({
      dtype: "float32",
      shape: [1, data.length],
      data: data.map(() => OUT_OF_REACH),
    }),
  );
  return scatterAdd(logits, { index, updates, axis: 1 });
}
