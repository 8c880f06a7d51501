/**
 * Frame: which rows a layer computes, and what each of them may attend to.
 *
 * A block is written once against a frame. The serving frames (`tree.ts`) pack a batch without padding,
 * share prefixes and narrow the last layer to the rows that the head reads; trainers use `ragged.ts`,
 * gradients `padded.ts`, and policies that write `decoding.ts`.
 *
 * @module
 */

import { cast } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { AttentionSpec } from "../attention.ts";

/** Queries `[rows, heads * width]`, keys and values `[tokens, kvHeads * width]`. */
export interface Projections {
  readonly queries: Value;
  readonly keys: Value;
  readonly values: Value;
}

/** The projections as the branch of a choice sees them. */
export function within(
  { queries, keys, values }: Projections,
  bring: (value: Value) => Value,
): Projections {
  return { queries: bring(queries), keys: bring(keys), values: bring(values) };
}

/** The rows of one layer. */
export interface Frame {
  /** Of something held per token, the rows that this layer's output is wanted at. */
  select(perToken: Value): Value;
  /** Softmax attention of every row; `[rows, heads * width]`. */
  attend(projections: Projections, spec: AttentionSpec): Value;
  /** The token of each row and of each key, `[1, rows]` and `[1, tokens]`, to look angles up by. */
  rowTokens(): Value;
  keyTokens(): Value;
}

/** The frame, with `watch` called with queries, keys and values as its layer attends. */
export function watched(
  frame: Frame,
  watch: (projections: Projections, spec: AttentionSpec) => void,
): Frame {
  return {
    ...frame,
    attend: (projections, spec) => {
      watch(projections, spec);
      return frame.attend(projections, spec);
    },
  };
}

/**
 * The frame, attending with sums in float64. In which order attention sums over keys depends on how a batch is laid
 * out, and with it the last digits of float32. Rounded back from float64, a number differs by a chance of
 * about 1 in 10^8. A score sums over the width of a head, in one order wherever it stands. CPUs alone have such
 * products.
 */
export function summedWide(frame: Frame): Frame {
  return {
    ...frame,
    attend: ({ values, ...scored }, spec) => {
      const projections = { ...scored, values: cast(values, "float64") };
      return cast(frame.attend(projections, { ...spec, sums: "float64" }), values.dtype);
    },
  };
}
