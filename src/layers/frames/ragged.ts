/**
 * Ragged frame: a batch of sequences without what fills them up, save within attention. Linear layers,
 * which take most of a training step, run over the tokens there are; each attention lays queries, keys
 * and values out densely for itself and takes its result back.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { rearrange, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { AttentionSpec } from "../attention.ts";
import { once } from "../../once.ts";
import type { Frame, Projections } from "./frame.ts";
import { paddedAttention } from "./padded.ts";

/** Extents of a batch that are fixed when its graph is built. */
export interface RaggedShape {
  readonly batch: number;
  /** Tokens of the longest sequence at most. */
  readonly length: number;
}

/** A batch as inputs of the graph, with its frame. Tokens stand sequence by sequence, without gaps. */
export interface RaggedBatch {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** `int32[tokens]`, each sequence from 0. */
  readonly positions: Value;
  /** The length of the sequence that each token belongs to, `int32[tokens]`; declared once it is read. */
  lengths(): Value;
  /** Every token is a row, in every layer. */
  readonly frame: Frame;
  /** Attention of every place on every place, averaged over heads: `[batch, length, length]`. */
  meanAttention(projections: Omit<Projections, "values">, spec: AttentionSpec): Value;
}

/**
 * Declares `ids`, `positions` and `iota` (int64, 0 to tokens - 1), and how tokens and places of the padded
 * layout belong together: `slots`, int32[batch*length], the token of each place (any one where there is
 * none), and `places`, int32[tokens], the place of each token.
 */
export function raggedBatch(graph: Graph, { batch, length }: RaggedShape): RaggedBatch {
  const perToken = (name: string) => graph.input(name, "int32", ["tokens"]);
  const [ids, positions, places] = [perToken("ids"), perToken("positions"), perToken("places")];
  const slots = graph.input("slots", "int32", [batch * length]);
  const attention = paddedAttention(graph, { batch, length });
  const rows = once(() =>
    reshape(graph.input("iota", "int64", ["tokens"]), [1, { rest: "tokens" }])
  );
  // What fills places up is never read, so nothing comes back from there.
  const layOut = (x: Value) => rearrange(x, { index: slots, back: places });
  const takeBack = (x: Value) => rearrange(x, { index: places, back: slots });
  return {
    ids,
    positions,
    lengths: once(() => perToken("lengths")),
    frame: {
      select: (x) => x,
      attend: ({ queries, keys, values }, spec) => {
        const laidOut = { queries: layOut(queries), keys: layOut(keys), values: layOut(values) };
        return takeBack(attention.attend(laidOut, spec));
      },
      rowTokens: rows,
      keyTokens: rows,
    },
    meanAttention: ({ queries, keys }, spec) =>
      attention.mean({ queries: layOut(queries), keys: layOut(keys) }, spec),
  };
}
