/**
 * Actor-critic: a policy with a value head, evaluated at the tokens of its responses. The evaluator graph
 * and the update graph share this forward pass.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import type { AttentionSpec } from "../../layers/attention.ts";
import { type Frame, type Projections, watched } from "../../layers/frames/frame.ts";
import { raggedBatch, type RaggedShape } from "../../layers/frames/ragged.ts";
import { linear } from "../../layers/linear.ts";
import type { Parameters } from "../../layers/parameters.ts";
import { once } from "../../once.ts";
import type { Graph } from "../../onnx/graph.ts";
import { rearrange, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { maskEos } from "./log_probabilities.ts";
import type { TrainedAdapter } from "./trained_adapter.ts";

/**
 * Whether the value head sits on the policy's trunk, or on a second one that starts as its copy, or there is
 * no critic at all.
 */
export type CriticKind = "shared" | "separate" | "none";

/** Dims of a minibatch that are fixed when its graph is built. */
export type BatchShape = RaggedShape;

/** Name of the dim of response tokens: all of a batch, sequence by sequence, without padding. */
export const ROWS = "rows";

/** A policy with its critic. */
export interface ActorCritic {
  readonly model: LanguageModel;
  readonly critic: CriticKind;
  /** What logits are divided by, as when the tokens were sampled. */
  readonly temperature: number;
  /**
   * EOS ids that are masked where the input `early` is 1; there is no such input without any.
   *
   * @default none
   */
  readonly maskedEosIds?: readonly number[];
  /** What is trained in place of the policy's own weights. @default nothing, those are trained */
  readonly adapter?: TrainedAdapter | undefined;
}

/** Outputs of the forward pass, for every response token. */
export interface ForwardOutputs {
  /** `[rows, vocabulary]`, divided by the temperature. */
  readonly logits: Value;
  /** The response tokens, `int32[rows, 1]`. */
  readonly actions: Value;
  /** The value before the token, `[rows]`; added to the graph on first use, if there is a critic. */
  readonly values: Value;
  /** Of the policy's last layer, mean over heads, `[batch, length, length]`; added when called. */
  attention(): Value;
}

/** Prefix of the weights of a separate critic's trunk. */
export const CRITIC = "critic";
/** The value head: `value_head.weight` `[1, hidden]` and `value_head.bias` `[1]`. */
export const VALUE_HEAD = "value_head";

/**
 * Reads the model at every response token.
 *
 * Declares the inputs of {@linkcode raggedBatch}; `rows` int32[rows], the index of the token before each
 * response token; `row_of` int32[tokens], the inverse (any row for tokens without one); `actions`
 * int32[rows, 1]; and, if EOS is masked, `early` float32[rows, 1], 1 where it is not allowed.
 */
export function forward(
  graph: Graph,
  { actorCritic, shape }: { actorCritic: ActorCritic; shape: BatchShape },
  at: Parameters,
): ForwardOutputs {
  const { model, critic, temperature, maskedEosIds = [] } = actorCritic;
  const batch = raggedBatch(graph, shape);
  const before = {
    index: graph.input("rows", "int32", [ROWS]),
    back: graph.input("row_of", "int32", ["tokens"]),
  };
  const actions = graph.input("actions", "int32", [ROWS, 1]);
  let seen: { last: Projections; spec: AttentionSpec } | undefined;
  const { trunk } = model;
  const read = (root: Parameters, last: Frame) => {
    const { layers } = trunk.dimensions;
    const layout = { frame: (layer: number) => layer === layers - 1 ? last : batch.frame };
    return rearrange(trunk.hidden(batch, root.at(trunk.prefix), layout), before); // [rows, hidden]
  };
  const hidden = read(at, watched(batch.frame, (last, spec) => seen = { last, spec }));
  const values = once(() => {
    if (critic === "none") throw new TypeError("Cannot value states without a critic");
    const states = critic === "shared" ? hidden : read(at.at(CRITIC), batch.frame);
    return valuesOf(states, at.at(VALUE_HEAD));
  });
  const all = model.logits(hidden, at, temperature);
  const logits = maskedEosIds.length === 0
    ? all
    : maskEos(all, graph.input("early", "float32", [ROWS, 1]), maskedEosIds);
  return {
    logits,
    actions,
    get values() {
      return values();
    },
    attention: () => batch.meanAttention(seen!.last, seen!.spec),
  };
}

/** `[rows]` from `[rows, hidden]`. */
function valuesOf(hidden: Value, at: Parameters): Value {
  const inputs = hidden.dim(1);
  if (typeof inputs !== "number") throw new TypeError("Cannot value states of unknown width");
  return reshape(linear(hidden, at, { inputs, outputs: 1, bias: true }), [{ rest: ROWS }]);
}
