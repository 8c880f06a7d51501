/**
 * Tree frames: how serving lays a batch out. Tokens of all sequences stand in one list without
 * padding, a prefix that sequences share stands in it once, and attention goes tile by tile.
 *
 * The last layer and the head are evaluated at `query_rows` only. Layers whose rows see the same window
 * share one set of tiles, which is declared when the first of them attends.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { gather, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { once } from "../../once.ts";
import { type AttentionKind, visibleWindow, windowed } from "../../tree/window.ts";
import type { AttentionSpec } from "../attention.ts";
import type { AttentionForm } from "./attention_form.ts";
import { type Frame, type Projections, within } from "./frame.ts";
import { fusedAttention, isFusible, textInputs } from "./fused_attention.ts";
import { tiledAttention, tiledWeights } from "./tiled_attention.ts";
import { tileInputs, type Tiles, tilesWithin } from "./tiles.ts";

/** A batch as inputs of the graph, with the frames for its layers. */
export interface TreeBatch {
  /** `int32[tokens]` */
  readonly ids: Value;
  /** The position of each token in its sequence, `int32[tokens]`. */
  readonly positions: Value;
  /** The length of the sequence that each token belongs to, `int32[tokens]`; declared once it is read. */
  lengths(): Value;
  /** The type (segment) of each token, `int32[tokens]`; declared once it is read. */
  types(): Value;
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

/**
 * The inputs of a packed batch, each declared once it is read.
 *
 * @param kind sequences of bidirectional attention must be laid out for it (see `tree/window.ts`)
 */
export function treeBatch(
  graph: Graph,
  kind: AttentionKind = "causal",
  form: AttentionForm = "tiles",
): TreeBatch {
  const perToken = (name: string) => once(() => graph.input(name, "int32", ["tokens"]));
  const [ids, positions] = [perToken("ids"), perToken("positions")];
  const queryRows = once(() => graph.input("query_rows", "int64", ["queries"]));
  const sets = new Map<string, Tiles>();
  const tilesOf = (layer: string, queries: string) => (spec: AttentionSpec) => {
    const window = visibleWindow(spec, kind);
    const name = windowed(layer, window);
    const atOnce = form !== "tiles";
    const known = sets.get(name) ?? tileInputs(graph, { layer, queries, window, atOnce });
    sets.set(name, known);
    return known;
  };
  const [inner, last] = [tilesOf("inner", "tokens"), tilesOf("last", "queries")];
  const attention = tilesOf("attention", "attention.queries");
  const keyTokens = once(() => {
    return reshape(graph.input("iota", "int64", ["tokens"]), [1, { rest: "tokens" }]);
  });
  const texts = once(() => textInputs(graph));
  const ofTokens = { rows: positions, keys: positions };
  const ofQueries = { rows: once(() => gather(positions(), queryRows())), keys: positions };
  return {
    get ids() {
      return ids();
    },
    get positions() {
      return positions();
    },
    lengths: perToken("lengths"),
    types: perToken("types"),
    inner: {
      select: (x) => x,
      attend(projections, spec) {
        const tiles = inner(spec);
        const tiled = { spec, positions: ofTokens };
        if (form !== "fused" || !isFusible(spec, kind)) {
          return tiledAttention(tiles, projections, tiled);
        }
        return fusedAttention(
          texts(),
          { projections, spec },
          (bring) => tiledAttention(tilesWithin(tiles, bring), within(projections, bring), tiled),
        );
      },
      rowTokens: keyTokens,
      keyTokens,
    },
    last: {
      select: (x) => gather(x, queryRows()),
      attend: (projections, spec) =>
        tiledAttention(last(spec), projections, { spec, positions: ofQueries }),
      rowTokens: once(() => reshape(queryRows(), [1, { rest: "queries" }])),
      keyTokens,
    },
    attentionRows: (projections, spec) =>
      tiledWeights(attention(spec), projections, { spec, positions: ofQueries }),
  };
}
