/**
 * Actor and critic: a policy with a value head, evaluated at the tokens that it wrote. The same nodes
 * serve to look (`evaluator_graph.ts`) and to learn (`update_graph.ts`).
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import { raggedBatch, type RaggedShape } from "../../layers/frames/ragged.ts";
import type { AttentionSpec } from "../../layers/attention.ts";
import type { Projections } from "../../layers/frames/frame.ts";
import { linear } from "../../layers/linear.ts";
import { once } from "../../once.ts";
import type { Parameters } from "../../layers/parameters.ts";
import type { Graph } from "../../onnx/graph.ts";
import { mul, rearrange, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { withoutEnds } from "./forbidden_end.ts";

/** Where values are read: from the policy's own trunk, or from a second one that starts as its copy. */
export type CriticKind = "shared" | "separate";

/** Extents of a minibatch that are fixed when its graph is built. */
export type BatchShape = RaggedShape;

/** Response tokens of a batch, in the order of their sequences, without gaps: known when a graph runs. */
export const ROWS = "rows";

/** A policy with its critic. */
export interface ActorCritic {
  readonly model: LanguageModel;
  readonly critic: CriticKind;
  /** What logits are divided by, as when the tokens were drawn. */
  readonly temperature: number;
  /**
   * Ids that end a text and cannot be said where the input `early` is 1; with none there is no such input.
   *
   * @default none
   */
  readonly maskedEnds?: readonly number[];
}

/** What is said at every response token. */
export interface Readings {
  /** Of the token itself and all others, `[rows, vocabulary]`, divided by the temperature. */
  readonly logits: Value;
  /** The tokens, `int32[rows, 1]`. */
  readonly actions: Value;
  /** Of the state before the token, `[rows]`; made when asked for. */
  readonly values: Value;
  /** The policy's last layer, averaged over heads, `[batch, length, length]`; made when asked for. */
  attention(): Value;
}

/** What the checkpoint of a critic's own trunk and of the value head are called. */
export const CRITIC = "critic";
/** The value head: `value_head.weight` `[1, hidden]` and `value_head.bias` `[1]`. */
export const VALUE_HEAD = "value_head";

/**
 * Declares the inputs of {@linkcode compact}, `rows` (int32[rows], the token before each
 * response token), `row_of` (int32[tokens], the row of each token, any one where it has none), `actions` (int32[rows, 1]) and, where ends are masked, `early` (float32[rows, 1], 1 where the
 * text could not end), and reads the model there.
 */
export function readings(
  graph: Graph,
  { actorCritic, shape }: { actorCritic: ActorCritic; shape: BatchShape },
  at: Parameters,
): Readings {
  const { model, critic, temperature, maskedEnds = [] } = actorCritic;
  const batch = raggedBatch(graph, shape);
  const before = {
    index: graph.input("rows", "int32", [ROWS]),
    back: graph.input("row_of", "int32", ["tokens"]),
  };
  const actions = graph.input("actions", "int32", [ROWS, 1]);
  let seen: { last: Projections; heads: AttentionSpec } | undefined;
  const read = (root: Parameters, watch?: (last: Projections, heads: AttentionSpec) => void) => {
    const { trunk } = model;
    const layout = { frame: () => batch.frame, watch };
    return rearrange(trunk.hidden(batch, root.at(trunk.prefix), layout), before); // [rows, hidden]
  };
  const hidden = read(at, (last, heads) => seen = { last, heads });
  const values = once(() => {
    const forValues = critic === "shared" ? hidden : read(at.at(CRITIC));
    return valuesOf(forValues, at.at(VALUE_HEAD));
  });
  // The head is linear: the few columns of its input are divided by the temperature.
  const all = model.logits(temperature === 1 ? hidden : mul(hidden, 1 / temperature), at);
  const logits = maskedEnds.length === 0
    ? all
    : withoutEnds(all, graph.input("early", "float32", [ROWS, 1]), maskedEnds);
  return {
    logits,
    actions,
    get values() {
      return values();
    },
    attention: () => batch.meanAttention(seen!.last, seen!.heads),
  };
}

/** `[rows]` of `[rows, hidden]` */
function valuesOf(hidden: Value, at: Parameters): Value {
  const inputs = hidden.dim(1);
  if (typeof inputs !== "number") throw new TypeError("Cannot value states of unknown width");
  return reshape(linear(hidden, at, { inputs, outputs: 1, bias: true }), [{ rest: ROWS }]);
}
