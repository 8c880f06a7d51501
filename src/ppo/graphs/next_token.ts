/**
 * Next token: from a policy's hidden states to what is written next, as nodes of a graph.
 *
 * @module
 */

import type { LanguageModel } from "../../architectures/language_model.ts";
import type { Parameters } from "../../layers/parameters.ts";
import {
  add,
  and,
  cast,
  equal,
  gatherElements,
  greater,
  less,
  log,
  mul,
  reshape,
  softmax,
  where,
} from "../../onnx/ops.ts";
import type { Value } from "../../onnx/value.ts";
import { draw } from "./draw.ts";
import { withoutEnds } from "./forbidden_end.ts";
import { forbid, restrict, type SamplingRule } from "./sampling_rule.ts";

/** How tokens are chosen. */
export interface Choice {
  readonly model: LanguageModel;
  readonly at: Parameters;
  readonly rule: SamplingRule;
  /** Ids that end a sequence. */
  readonly ends: readonly number[];
  /** Whether log-probabilities know where it may not end yet. */
  readonly masked: boolean;
}

/** What the host says of one token of every sequence, `[batch, 1]` each. */
export interface Told {
  /** The token itself, or -1 where one is drawn: int32. */
  readonly forced: Value;
  /** 1 where the sequence may not end yet. */
  readonly early: Value;
  /** In [0, 1). */
  readonly uniform: Value;
}

/** What was written, `[batch]` each. */
export interface Written {
  /** int32 */
  readonly next: Value;
  /** Under the distribution at the rule's temperature: the whole, or where ends are masked without them. */
  readonly logProbs: Value;
  /** 1 where a token was drawn that ends its sequence: int32. */
  readonly ended: Value;
}

/** @param hidden `[batch, hidden]`, of the last token of every sequence */
export function nextToken(
  hidden: Value,
  choice: Choice,
  { forced, early, uniform }: Told,
): Written {
  const { model, at, rule, ends } = choice;
  // The head is linear: the few columns of its input are divided by the temperature.
  const scaled = rule.temperature === 1 ? hidden : mul(hidden, 1 / rule.temperature);
  const { probabilities, allowed } = distribution(model.logits(scaled, at), early, choice);
  const free = less(forced, 0);
  const next = where(free, draw(restrict(allowed, rule), uniform), forced); // [batch, 1]
  const ended = and(free, greater(anyOf(next, ends), 0));
  const flat = (x: Value) => reshape(x, [Number(hidden.dim(0))]);
  return {
    next: flat(next),
    logProbs: flat(log(gatherElements(probabilities, next, 1))),
    ended: flat(cast(ended, "int32")),
  };
}

/** What log-probabilities are of, and what may be drawn from: `[batch, vocabulary]` both. */
function distribution(
  logits: Value,
  early: Value,
  { ends, masked }: Choice,
): { probabilities: Value; allowed: Value } {
  if (ends.length > 0 && masked) {
    const probabilities = softmax(withoutEnds(logits, early, ends));
    return { probabilities, allowed: probabilities };
  }
  const probabilities = softmax(logits);
  // Where nothing ends a sequence nothing is forbidden, but every input must be read.
  const allowed = ends.length === 0
    ? add(probabilities, mul(early, 0))
    : forbid(probabilities, early, ends);
  return { probabilities, allowed };
}

/** How many of the ids a token is: 0 or 1. */
function anyOf(tokens: Value, ids: readonly number[]): Value {
  return ids.map((id) => cast(equal(tokens, id), "int32")).reduce(add, mul(tokens, 0));
}
