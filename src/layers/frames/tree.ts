/**
 * Tree frames: how serving lays a batch out. Tokens of all sequences stand in one list without
 * padding, a prefix that sequences share stands in it once, and attention goes tile by tile.
 *
 * The last layer and the head are evaluated at `query_rows` only.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { gather, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import type { AttentionSpec } from "../attention.ts";
import { once } from "../../once.ts";
import type { Frame, Projections } from "./frame.ts";
import { tiledAttention, tiledWeights } from "./tiled_attention.ts";
import { tileInputs } from "./tiles.ts";

/** A batch as inputs of the graph, with the frames for its layers. */
export interface TreeBatch {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** The position of each token in its sequence, `int32[tokens]`. */
  readonly positions: Value;
  /** The length of the sequence that each token belongs to, `int32[tokens]`; declared when asked for. */
  lengths(): Value;
  /** Every token is a row. */
  readonly inner: Frame;
  /** Only `query_rows` are rows. */
  readonly last: Frame;
  /**
   * The attention of the rows that ask for it, in the layer whose projections are given, averaged over
   * heads: `[attention.queries, span]`, prefix first, then the own run.
   */
  attentionRows(projections: Projections, spec: AttentionSpec): Value;
}

/** The inputs of a packed batch, each declared once somebody reads it. */
export function treeBatch(graph: Graph): TreeBatch {
  const perToken = (name: string) => once(() => graph.input(name, "int32", ["tokens"]));
  const [ids, positions, lengths] = [perToken("ids"), perToken("positions"), perToken("lengths")];
  const queryRows = once(() => graph.input("query_rows", "int64", ["queries"]));
  const tiles = (name: string, queries: string) => once(() => tileInputs(graph, name, queries));
  const [inner, last] = [tiles("inner", "tokens"), tiles("last", "queries")];
  const attention = tiles("attention", "attention.queries");
  const span = once(() => graph.input("attention.span", "int64", []));
  const keyTokens = once(() => {
    return reshape(graph.input("iota", "int64", ["tokens"]), [1, { rest: "tokens" }]);
  });
  const ofTokens = { rows: positions, keys: positions };
  const ofQueries = { rows: once(() => gather(positions(), queryRows())), keys: positions };
  return {
    get ids() {
      return ids();
    },
    get positions() {
      return positions();
    },
    lengths,
    inner: {
      select: (x) => x,
      attend: (projections, spec) =>
        tiledAttention(inner(), projections, { spec, positions: ofTokens }),
      rowTokens: keyTokens,
      keyTokens,
    },
    last: {
      select: (x) => gather(x, queryRows()),
      attend: (projections, spec) =>
        tiledAttention(last(), projections, { spec, positions: ofQueries }),
      rowTokens: once(() => reshape(queryRows(), [1, { rest: "queries" }])),
      keyTokens,
    },
    attentionRows: (projections, spec) => {
      const widest = { name: "attention.span", value: span() };
      return tiledWeights(attention(), projections, { spec, positions: ofQueries, span: widest });
    },
  };
}
