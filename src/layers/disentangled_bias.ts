/**
 * Disentangled attention: what the score of a token on another gets from how far they are apart, as in
 * DeBERTa (He et al., arXiv 2006.03654, equations 3 and 4).
 *
 * @module
 */

import {
  add,
  cast,
  gather,
  gatherElements,
  matmul,
  mul,
  reshape,
  sub,
  transpose,
} from "../onnx/ops.ts";
import type { Value } from "../onnx/value.ts";
import type { AttentionSpec, PairBias, Pairs } from "./attention.ts";

/** Which distances there are. */
export interface Distances {
  /** Buckets of distances to one side, up to which distances are told apart; below 1 each has its own. */
  readonly buckets: number;
  /** The distance from which on all are alike. */
  readonly longest: number;
  /** The longest sequence. */
  readonly context: number;
}

/**
 * The table of distances, projected for the two parts of the bias: `[2 * span, heads * width]`, a row per
 * place. Scores are computed in their element type.
 */
export interface RelativeProjections {
  /** Content to position. */
  readonly keys?: Value | undefined;
  /** Position to content. */
  readonly queries?: Value | undefined;
}

/** How many distances to one side have a place of their own in the table. */
export function spanOf({ buckets, longest }: Distances): number {
  return buckets > 0 ? buckets : longest;
}

/**
 * The bias of a layer,
 *
 *     c2p[i, j] = q[i] . k_r[delta(i, j)],    p2c[i, j] = k[j] . q_r[delta(i, j)]
 *
 * both multiplied with the scale of the attention. The published p2c reads `delta(j, i)`; the code of its
 * authors and of transformers reads the table at the distance from key to query with its sign turned, which
 * is `delta(i, j)`.
 *
 * @param scale what scores are multiplied with; queries have it already
 */
export function disentangledBias(
  projections: RelativeProjections,
  distances: Distances,
  { heads, width, scale }: Pick<AttentionSpec, "heads" | "width" | "scale">,
): PairBias {
  const perHead = (table: Value | undefined) =>
    // [heads, width, 2 * span]
    table && transpose(reshape(table, [2 * spanOf(distances), heads, width]), [1, 2, 0]);
  const [keys, queries] = [perHead(projections.keys), perHead(projections.queries)];
  return {
    scores(pairs) {
      const places = placesOf(pairs, distances); // [members, rows, keys]
      const terms = [
        ...keys === undefined ? [] : [picked(onTable(pairs.queries, keys), places)],
        ...queries === undefined
          ? []
          : [swapped(picked(onTable(mul(pairs.keys, scale), queries), swapped(places)))],
      ];
      return terms.reduce(add);
    },
  };
}

/** The place of each pair's distance in the table, `int32[members, rows, keys]`. */
function placesOf({ rowPositions, keyPositions }: Pairs, distances: Distances): Value {
  const { context } = distances;
  const span = spanOf(distances);
  const data = Array.from({ length: 2 * context - 1 }, (_, i) => {
    const place = bucketOf(i - (context - 1), distances) + span;
    return Math.min(Math.max(place, 0), 2 * span - 1);
  });
  const distance = sub(rowPositions, keyPositions);
  const table = distance.graph.root.constant({ dtype: "int32", shape: [data.length], data });
  return gather(table, add(distance, context - 1));
}

/**
 * The bucket of a distance: near distances have one of their own, far ones share logarithmic ones. Rounded
 * up, as transformers does it (`make_log_bucket_position`).
 */
export function bucketOf(distance: number, { buckets, longest }: Distances): number {
  const middle = Math.floor(buckets / 2);
  const far = Math.abs(distance);
  if (buckets < 1 || far <= middle) return distance;
  if (middle === 1) return Math.sign(distance) * middle; // the logarithm is multiplied with 0
  const share = Math.log(far / middle) / Math.log((longest - 1) / middle);
  return Math.sign(distance) * (Math.ceil(share * (middle - 1)) + middle);
}

/** Each vector times every entry of the table: `[..., heads, 1, members, vectors, 2 * span]`. */
function onTable(vectors: Value, table: Value): Value {
  const [heads, width, places] = table.shape.map(Number) as [number, number, number];
  return matmul(cast(vectors, table.dtype), reshape(table, [heads, 1, 1, width, places]));
}

/** Of numbers for every place of the table those of the pairs' places. */
function picked(numbers: Value, places: Value): Value {
  // Indices must have all axes of the numbers: adding zeros of their shape repeats them.
  const first = numbers.graph.integers([0]);
  const zeros = mul(cast(gather(numbers, first, numbers.rank - 1), "int32"), 0);
  return gatherElements(numbers, add(zeros, places), numbers.rank - 1);
}

function swapped(x: Value): Value {
  const order = x.shape.map((_, axis) => axis);
  return transpose(x, order.with(x.rank - 2, x.rank - 1).with(x.rank - 1, x.rank - 2));
}
