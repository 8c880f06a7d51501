/**
 * Attention, written out: the reference for what every frame computes, and kinds of attention to
 * compare them in.
 *
 * @module
 */

import type { AttentionSpec, PairBias } from "../../../src/layers/attention.ts";
import { add, cast, mul, reduceSum, sub, transpose } from "../../../src/onnx/ops.ts";
import type { AttentionKind } from "../../../src/tree/window.ts";

/** A matrix, row-major. */
export interface Matrix {
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/** A token of a sequence. */
export interface Place {
  /** The rows of the sequence's tokens, by position. */
  readonly sequence: readonly number[];
  readonly position: number;
  /** @default "causal" */
  readonly kind?: AttentionKind;
}

/** What a bias adds to a score. */
type Bias = (pair: {
  readonly head: number;
  /** Multiplied with the scale. */
  readonly query: readonly number[];
  readonly key: readonly number[];
  /** The key's position minus that of the row. */
  readonly distance: number;
}) => number;

/** A bias in numbers, which is found by the one that graphs are written with. */
const biases = new Map<PairBias, Bias>();

/**
 * Softmax attention of one query (arXiv 1706.03762, equation 1), head by head, and its weights averaged
 * over heads, one for each token of the sequence.
 */
export function plainAttention(
  { queries, keys, values }: { queries: Matrix; keys: Matrix; values: Matrix },
  spec: AttentionSpec,
  { sequence, position, kind = "causal" }: Place,
): { output: number[]; weights: number[] } {
  const { heads, kvHeads, width, scale, softcap = Infinity, window } = spec;
  const bias = spec.bias === undefined ? () => 0 : biases.get(spec.bias)!;
  const isSeen = (at: number) =>
    (kind === "bidirectional" || at <= position) &&
    (window === undefined || at >= position - window.left && at <= position + window.right);
  const perHead = Array.from({ length: heads }, (_, head) => {
    const group = Math.floor(head * kvHeads / heads);
    const scaled = part(queries, sequence[position]!, head * width, width).map((each) =>
      each * scale
    );
    const scores = sequence.map((row, at) => {
      const key = part(keys, row, group * width, width);
      const product = dot(scaled, key);
      const capped = softcap === Infinity ? product : softcap * Math.tanh(product / softcap);
      const score = capped + bias({ head, query: scaled, key, distance: at - position });
      return isSeen(at) ? score : -Infinity;
    });
    const weights = softmax(scores);
    const output = Array.from({ length: width }, (_, column) =>
      weights.reduce((sum, weight, i) => {
        return sum + weight * part(values, sequence[i]!, group * width, width)[column]!;
      }, 0));
    return { weights, output };
  });
  return {
    output: perHead.flatMap(({ output }) => output),
    weights: sequence.map((_, i) =>
      perHead.reduce((sum, { weights }) => sum + weights[i]!, 0) / heads
    ),
  };
}

/**
 * A bias that depends on everything it is given. The head's slope grows with what the row's query adds up
 * to, and what the key adds up to counts too:
 *
 *     (-2^-head + 0.1 * sum(query)) * distance + 0.2 * sum(key)
 *
 * Its first term alone is ALiBi (arXiv 2108.12409).
 */
function everyBias({ heads, kvHeads }: { heads: number; kvHeads: number }): PairBias {
  const slope = (head: number) => -(2 ** -head);
  const bias: PairBias = {
    scores({ queries, keys, rowPositions, keyPositions }) {
      const slopes = queries.graph.root.constant({
        dtype: "float32",
        shape: [kvHeads, heads / kvHeads, 1, 1, 1],
        data: Array.from({ length: heads }, (_, head) => slope(head)),
      });
      const distance = cast(sub(keyPositions, rowPositions), "float32"); // [members, rows, keys]
      const bySlope = mul(add(slopes, mul(total(queries), 0.1)), distance);
      const axes = keys.shape.map((_, axis) => axis);
      const [a, b] = axes.slice(-2) as [number, number];
      const byKey = transpose(total(keys), axes.with(-2, b).with(-1, a)); // [..., 1, keys]
      return add(bySlope, mul(byKey, 0.2));
    },
  };
  biases.set(bias, ({ head, query, key, distance }) => {
    const ones = query.map(() => 1);
    return (slope(head) + 0.1 * dot(query, ones)) * distance + 0.2 * dot(key, ones);
  });
  return bias;
}

/** The sum over the last axis, which stays. */
function total(x: Parameters<typeof reduceSum>[0]) {
  return reduceSum(x, [x.rank - 1], { keep: true });
}

/** A kind of attention with nothing else, with a soft cap, a bias, a window, and with all of them. */
export function kindsOf(spec: AttentionSpec): readonly (readonly [string, AttentionSpec])[] {
  const name = `${spec.heads} heads on ${spec.kvHeads}`;
  const bias = everyBias(spec);
  return [
    [name, spec],
    [`${name}, capped`, { ...spec, softcap: 1.5 }],
    [`${name}, biased`, { ...spec, bias }],
    [`${name}, in a window`, { ...spec, window: { left: 2, right: 1 } }],
    [`${name}, all of it`, { ...spec, softcap: 1.5, bias, window: { left: 1, right: 2 } }],
  ];
}

function part({ columns, data }: Matrix, row: number, from: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => data[row * columns + from + i]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, i) => sum + each * b[i]!, 0);
}

function softmax(scores: readonly number[]): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - largest));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
}
