/**
 * Attention, written out: the reference for what every frame computes, and kinds of attention to
 * compare them in.
 *
 * @module
 */

import type { AttentionSpec, PairBias } from "../../../src/layers/attention.ts";
import { add, cast, mul, reduceSum, sub, transpose } from "../../../src/onnx/ops.ts";

/** A matrix, row-major. */
export interface Matrix {
  readonly columns: number;
  readonly data: ArrayLike<number>;
}

/** One query and what it may attend to, by row number; keys stand at positions 0, 1, ... */
export interface Seeing {
  readonly query: number;
  readonly keys: readonly number[];
  /** The query's position. @default that of the last key */
  readonly position?: number;
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

/** Softmax attention of one query (arXiv 1706.03762, equation 1), head by head. */
export function paddedAttention(
  { queries, keys, values }: { queries: Matrix; keys: Matrix; values: Matrix },
  spec: AttentionSpec,
  seeing: Seeing,
): { output: number[]; weights: number[] } {
  const { heads, kvHeads, width, scale, softcap = Infinity } = spec;
  const bias = spec.bias === undefined ? () => 0 : biases.get(spec.bias)!;
  const { position = seeing.keys.length - 1 } = seeing;
  const perHead = Array.from({ length: heads }, (_, head) => {
    const group = Math.floor(head * kvHeads / heads);
    const query = part(queries, seeing.query, head * width, width).map((each) => each * scale);
    const scores = seeing.keys.map((row, at) => {
      const key = part(keys, row, group * width, width);
      const product = dot(query, key);
      const capped = softcap === Infinity ? product : softcap * Math.tanh(product / softcap);
      return capped + bias({ head, query, key, distance: at - position });
    });
    const weights = softmax(scores);
    const output = Array.from({ length: width }, (_, column) =>
      weights.reduce((sum, weight, i) => {
        return sum + weight * part(values, seeing.keys[i]!, group * width, width)[column]!;
      }, 0));
    return { weights, output };
  });
  return {
    output: perHead.flatMap(({ output }) => output),
    weights: seeing.keys.map((_, i) =>
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

/** A kind of attention with nothing else, with a soft cap, with a bias, and with both. */
export function kindsOf(spec: AttentionSpec): readonly (readonly [string, AttentionSpec])[] {
  const name = `${spec.heads} heads on ${spec.kvHeads}`;
  const bias = everyBias(spec);
  return [
    [name, spec],
    [`${name}, capped`, { ...spec, softcap: 1.5 }],
    [`${name}, biased`, { ...spec, bias }],
    [`${name}, capped and biased`, { ...spec, softcap: 1.5, bias }],
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
