/**
 * Attention: what a layer's attention is, and the one softmax that every frame computes it with.
 *
 * Frames differ in which rows and keys they put side by side. What happens between the scores and the
 * weights is the same everywhere and stands here.
 *
 * @module
 */

import {
  add,
  cast,
  concat,
  div,
  exp,
  max,
  mul,
  reduceMax,
  reduceSum,
  type Size,
  slice,
  softmax,
  sub,
  tanh,
  where,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { Window } from "../tree/window.ts";

/** One layer's attention. Queries hold `heads * width` columns, keys and values `kvHeads * width`. */
export interface AttentionSpec {
  readonly heads: number;
  /** Key and value heads, each shared by `heads / kvHeads` query heads (arXiv 2305.13245). */
  readonly kvHeads: number;
  readonly width: number;
  /** What scores are multiplied with before the softmax; `1 / sqrt(width)` as a rule. */
  readonly scale: number;
  /**
   * Keeps scores between `-softcap` and `softcap` (arXiv 2408.00118, section 2).
   *
   * @default scores are not limited
   */
  readonly softcap?: number;
  /**
   * What a row sees, as far as the kind of attention lets it (arXiv 2004.05150, section 3.1).
   *
   * @default all that the kind of attention lets it see
   */
  readonly window?: Window;
  /** @default what is added to scores is 0 */
  readonly bias?: PairBias;
  /** What weights are summed in, which values are given in then. @default what all is computed in */
  readonly sums?: "float64";
}

/**
 * A term that the score of a row on a key gets beside their product: relative positions as in DeBERTa
 * (arXiv 2006.03654, equation 4) or ALiBi (arXiv 2108.12409).
 */
export interface PairBias {
  /** What is added, in a shape that broadcasts to `[..., kvHeads, repeat, members, rows, keys]`. */
  scores(pairs: Pairs): Value;
}

/**
 * Rows and the keys that they are scored on. Query head `g * repeat + r` is entry `[g, r]` of the two
 * axes of heads. `members` are groups of rows with keys of their own; where all of them have the same
 * keys, or stand at the same positions, that axis has extent 1. In front of these axes a frame may have
 * one more, for sequences.
 */
export interface Pairs {
  /** Multiplied with the scale already: `[..., kvHeads, repeat, members, rows, width]`. */
  readonly queries: Value;
  /** `[..., kvHeads, 1, members, keys, width]` */
  readonly keys: Value;
  /** Positions in the sequence, so that a difference has a number for each pair: `int32[members, rows, 1]`. */
  readonly rowPositions: Value;
  /** `int32[members, 1, keys]` */
  readonly keyPositions: Value;
}

/** Rows on some of the keys that they may attend to. */
export interface ScoredKeys {
  /** Scaled queries times keys: `[..., keys]`; the shape of {@linkcode Pairs} where there is a bias. */
  readonly scores: Value;
  /** {@linkcode hidden} for keys that some rows do not see, in a shape that broadcasts. */
  readonly mask?: Value | undefined;
  /** What a bias is computed from; read only where there is one. */
  pairs(): Pairs;
}

/** Below every score by so much that the weight is exactly 0. */
export const MASKED = -1e30;

/** A mask to add to scores: 0 where a row sees a key, {@linkcode MASKED} where it does not. */
export function hidden(seen: Value): Value {
  return where(seen, 0, MASKED);
}

/**
 * The attention weights of rows: softmax over all parts of their keys together, which stand side by
 * side in the result, in the type of the scores, or of their sums where that is another. All that happens to scores
 * happens in float32, whatever they are computed in: masks would overflow half precision, and sums of many
 * weights lose too much there.
 */
export function attentionWeights(parts: readonly ScoredKeys[], spec: AttentionSpec): Value {
  if (spec.sums === "float64") return sideBySide(summedWide(parts, spec));
  const all = sideBySide(parts.map((part) => finish(part, spec)));
  return cast(softmax(all), parts[0]!.scores.dtype);
}

/** The same weights of two parts, each by itself; there are so many keys of the first and of the second. */
export function attentionWeightsApart(
  parts: readonly [ScoredKeys, ScoredKeys],
  sizes: readonly [Size, Size],
  spec: AttentionSpec,
): readonly Value[] {
  if (spec.sums === "float64") return summedWide(parts, spec);
  const all = attentionWeights(parts, spec);
  const [{ name, value }, second] = sizes;
  const last = 2 ** 31 - 1;
  return [
    slice(all, { axis: -1, start: 0, end: value, name }),
    slice(all, { axis: -1, start: value, end: last, name: second.name }),
  ];
}

function sideBySide(parts: readonly Value[]): Value {
  const [first] = parts;
  if (first === undefined) throw new TypeError("Cannot attend to no keys");
  return parts.length === 1 ? first : concat(parts, -1);
}

/**
 * Softmax with float32's exponentials, which are the same in any layout, and float64's sums. Parts stay apart, for
 * they are as easily summed so.
 */
function summedWide(parts: readonly ScoredKeys[], spec: AttentionSpec): Value[] {
  const scores = parts.map((part) => finish(part, spec));
  const last = (x: Value) => [x.rank - 1];
  const largest = scores.map((each) => reduceMax(each, last(each), { keep: true })).reduce(max);
  const powers = scores.map((each) => cast(exp(sub(each, largest)), "float64"));
  const sum = powers.map((each) => reduceSum(each, last(each), { keep: true })).reduce(add);
  const share = div(1, sum);
  return powers.map((each) => mul(each, share));
}

/** Scores as the softmax takes them. The cap comes first: a masked score stays out of its reach. */
function finish({ scores, mask, pairs }: ScoredKeys, { softcap, bias }: AttentionSpec): Value {
  let finished = cast(scores, "float32");
  if (softcap !== undefined) finished = mul(tanh(mul(finished, 1 / softcap)), softcap);
  if (bias !== undefined) finished = add(finished, cast(bias.scores(pairs()), "float32"));
  return mask === undefined ? finished : add(finished, mask);
}
