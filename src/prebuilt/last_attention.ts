/**
 * Finds the last attention of a graph: the softmax over a product of two activations, queries and keys,
 * whose result is multiplied by a third, the values.
 *
 * Exporters write it in many ways: a scale before or after the product, masks that are added or chosen by,
 * rows without a key made 0. What lies between is followed by the kind of each operator. Whatever else is
 * found behind it that mixes tokens, it is not the last, and nothing is exposed.
 *
 * @module
 */

import { type GraphView, nodesBefore, nodesBehind } from "./graph_view.ts";
import type { NodeMessage } from "./messages.ts";

/** Where the last attention is. */
export interface LastAttention {
  /** The weights, as they are multiplied by the values: `[batch, heads, tokens, tokens]`, or the first two as one. */
  readonly weights: string;
  /** The node that multiplies them by the values, and which of its inputs they are. */
  readonly reader: { readonly node: number; readonly input: number };
  /** Whether what lies behind takes sums or means, as a head does that reads the mean of all tokens. */
  readonly isReduced: boolean;
}

/** It, or why there is none. */
export type AttentionSearch = LastAttention | { readonly missing: string };

/** Operators that compute attention as a whole, its weights within. */
const fused = new Set([
  "Attention",
  "MultiHeadAttention",
  "GroupQueryAttention",
  "PackedAttention",
  "PackedMultiHeadAttention",
  "QAttention",
  "LongformerAttention",
  "SparseAttention",
  "PagedAttention",
  "DecoderAttention",
  "DecoderMaskedMultiHeadAttention",
]);
const products = new Set(["MatMul", "Einsum", "FusedMatMul"]);
/** What may happen to weights before they are multiplied by values. */
const kept = new Set(["Cast", "Dropout", "Identity", "Reshape", "Squeeze", "Unsqueeze", "Where"]);
/** What may happen to a product before the softmax. */
const scored = new Set([
  ...kept,
  "Add",
  "Clip",
  "Concat",
  "Div",
  "Max",
  "Min",
  "Mul",
  "Slice",
  "Sub",
  "Sum",
  "Tanh",
]);
/** What can carry something from one token to others, beside products of two activations. */
const mixing = new Set([
  "Conv",
  "ConvTranspose",
  "CumSum",
  "DFT",
  "GRU",
  "If",
  "LSTM",
  "Loop",
  "RNN",
  "Scan",
  "Softmax",
]);
const reducing = new Set(["ReduceMean", "ReduceSum", "GlobalAveragePool", "AveragePool"]);
/** Nodes between a softmax and the products around it; masks are made of fewer than a hundred. */
const LONGEST_WALK = 1_000;
/** What tells of a value how large it is, and nothing of its numbers. */
const sizes = new Set(["Shape", "Size"]);

/** The last attention before `logits`, as far as `tokens`, the input of ids, has a say in them. */
export function lastAttention(
  view: GraphView,
  { tokens, logits }: { tokens: string; logits: string },
): AttentionSearch {
  const before = nodesBefore(view, [logits]);
  const whole = view.nodes.find(({ opType = "" }, index) => before.has(index) && fused.has(opType));
  if (whole !== undefined) {
    return { missing: `it computes attention as a whole, by the operator ${whole.opType}` };
  }
  const active = activations(view, tokens);
  const found = [...before].toSorted((a, b) => a - b)
    .flatMap((node) => attentionAt(view, { node, active }));
  const last = found.at(-1);
  if (last === undefined) {
    return { missing: "it has no softmax over the product of queries and keys" };
  }
  const earlier = nodesBefore(view, [last.weights]);
  if (found.some((each) => each !== last && !earlier.has(each.reader.node))) {
    return { missing: "it has several last softmaxes beside each other" };
  }
  return behind(view, { last, before, active });
}

/** The last attention, unless something behind it mixes tokens once more. */
function behind(
  view: GraphView,
  { last, before, active }: {
    last: Omit<LastAttention, "isReduced">;
    before: ReadonlySet<number>;
    active: ReadonlySet<string>;
  },
): AttentionSearch {
  const after = nodesBehind(view, view.nodes[last.reader.node]!.output, {
    through: ({ opType = "" }) => !sizes.has(opType),
  });
  const rest = [...after].filter((index) => before.has(index)).map((index) => view.nodes[index]!);
  const mixer = rest.find((node) => mixing.has(node.opType ?? "") || multiplies(node, active));
  if (mixer !== undefined) {
    return { missing: `it mixes tokens behind its last softmax, by the operator ${mixer.opType}` };
  }
  return { ...last, isReduced: rest.some(({ opType = "" }) => reducing.has(opType)) };
}

/** The values that depend on the tokens' ids, and not on how many there are. */
function activations(view: GraphView, tokens: string): ReadonlySet<string> {
  const through = ({ opType = "" }: NodeMessage) => !sizes.has(opType);
  const nodes = nodesBehind(view, [tokens], { through });
  const made = [...nodes].map((index) => view.nodes[index]!).filter(through);
  return new Set([tokens, ...made.flatMap(({ output }) => output)]);
}

/** Whether a node multiplies two activations. */
function multiplies({ opType = "", input }: NodeMessage, active: ReadonlySet<string>): boolean {
  return products.has(opType) && input.length > 1 && input.every((name) => active.has(name));
}

/** The attentions that end at a node: one at most, for its other operand are the values. */
function attentionAt(
  view: GraphView,
  { node, active }: { node: number; active: ReadonlySet<string> },
): Omit<LastAttention, "isReduced">[] {
  const reader = view.nodes[node]!;
  if (!multiplies(reader, active)) return [];
  return reader.input.slice(0, 2).flatMap((weights, input) =>
    isSoftmaxOfProduct(view, { weights, active }) ? [{ weights, reader: { node, input } }] : []
  );
}

function isSoftmaxOfProduct(
  view: GraphView,
  { weights, active }: { weights: string; active: ReadonlySet<string> },
): boolean {
  const ends = endsOf(view, weights, kept).filter(({ output }) =>
    output.some((name) => active.has(name))
  );
  const softmaxes = ends.filter(({ opType }) => opType === "Softmax");
  if (softmaxes.length !== 1) return false;
  return endsOf(view, softmaxes[0]!.input[0] ?? "", scored).some((end) => multiplies(end, active));
}

/**
 * The nodes at which a walk back from a value ends that goes through some operators alone. It is a short
 * one: of a file that was made to have long ones, no attention is found.
 */
function endsOf(view: GraphView, value: string, through: ReadonlySet<string>): NodeMessage[] {
  const passes = ({ opType = "" }: NodeMessage) => through.has(opType);
  let left = LONGEST_WALK;
  const seen = nodesBefore(view, [value], { through: (node) => passes(node) && --left > 0 });
  return [...seen].map((index) => view.nodes[index]!).filter((node) => !passes(node));
}
