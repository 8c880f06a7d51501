/**
 * Attention of whole texts in one operator of onnxruntime's, GroupQueryAttention: causal, perhaps within a window or
 * with a cap, and without a bias. It takes as many rows as keys, so that it serves layers whose rows are all tokens.
 *
 * Of its relatives, MultiHeadAttention wants key heads repeated and a bias of the size of the scores for anything but
 * padding, and PackedMultiHeadAttention has no causal form and a kernel on CUDA alone: docs/gpu.md has the reasons.
 *
 * @module
 */

import type { Graph } from "../../onnx/graph.ts";
import { type Branch, choose, gather, groupQueryAttention, reshape } from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { type AttentionKind, visibleWindow } from "../../tree/window.ts";
import type { AttentionSpec } from "../attention.ts";
import { AT_ONCE, TEXTS } from "./attention_form.ts";
import { type Projections, within } from "./frame.ts";

/** The texts of a batch as inputs of the graph (`tree/whole_texts.ts`). */
export interface Texts {
  /** Whether they are written out: scalar bool. */
  readonly atOnce: Value;
  /** The packed token of each place, `int32[texts, longest]`. */
  readonly tokens: Value;
  /** The position of each text's last token, with what fills it up, `int32[texts]`. */
  readonly last: Value;
  /** The tokens of the longest text, `int32[1]`. */
  readonly longest: Value;
  /** The place of each packed token, `int32[tokens]`. */
  readonly places: Value;
}

/** Declares the inputs `texts.tokens` and so on. */
export function textInputs(graph: Graph): Texts {
  return {
    atOnce: graph.input(TEXTS + AT_ONCE, "bool", []),
    tokens: graph.input(`${TEXTS}.tokens`, "int32", [TEXTS, `${TEXTS}.longest`]),
    last: graph.input(`${TEXTS}.last`, "int32", [TEXTS]),
    longest: graph.input(`${TEXTS}.longest`, "int32", [1]),
    places: graph.input(`${TEXTS}.places`, "int32", ["tokens"]),
  };
}

/** Whether the operator can express what a layer computes. It does not sum in float64. */
export function isFusible(
  spec: AttentionSpec,
  kind: AttentionKind,
): boolean {
  return visibleWindow(spec, kind).right === 0 && spec.bias === undefined && spec.width % 8 === 0 &&
    spec.sums === undefined;
}

/**
 * The attention of every token, `[tokens, heads * width]`.
 *
 * @param otherwise computes it where texts are not written out, from values that it brings in
 */
export function fusedAttention(
  texts: Texts,
  { projections, spec }: { projections: Projections; spec: AttentionSpec },
  otherwise: Branch,
): Value {
  return choose(texts.atOnce, {
    then: (bring) => {
      const [tokens, places] = [bring(texts.tokens), bring(texts.places)];
      const brought = { ...texts, tokens, places };
      return attendAtOnce(brought, within(projections, bring), spec);
    },
    otherwise,
  });
}

function attendAtOnce(texts: Texts, { queries, keys, values }: Projections, spec: AttentionSpec) {
  const { heads, kvHeads, width, scale, softcap, window } = spec;
  const columns = heads * width;
  const inText = (perToken: Value) => gather(perToken, texts.tokens); // [texts, longest, columns]
  const { last, longest } = texts;
  const inputs = { queries: inText(queries), keys: inText(keys), values: inText(values) };
  const attended = groupQueryAttention({ ...inputs, last, longest }, {
    heads,
    kvHeads,
    scale,
    softcap,
    window: window === undefined || window.left === Infinity ? undefined : window.left + 1,
  });
  return gather(reshape(attended, [{ rest: `${TEXTS}.places` }, columns]), texts.places);
}
