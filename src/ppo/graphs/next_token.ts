/**
 * Next token: from the hidden states of the last tokens to the next token of every sequence.
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
import { maskEos } from "./log_probabilities.ts";
import { draw, forbid, restrict, type SamplingRule } from "./token_sampling.ts";

/** The model and how it is sampled. */
export interface NextTokenOptions {
  readonly model: LanguageModel;
  readonly at: Parameters;
  readonly rule: SamplingRule;
  /** Token ids that end a sequence. */
  readonly eosIds: readonly number[];
  /** Whether log-probabilities leave out EOS tokens where they are not allowed. */
  readonly masked: boolean;
}

/** Inputs for one token of every sequence, `[batch, 1]` each. */
export interface TokenInputs {
  /** The token itself, or -1 to sample one: int32. */
  readonly forced: Value;
  /** 1 where an EOS token is not allowed yet: float32. */
  readonly early: Value;
  /** Uniform random numbers in [0, 1): float32. */
  readonly uniform: Value;
}

/** One token of every sequence, `[batch]` each. */
export interface SampledTokens {
  /** int32 */
  readonly tokens: Value;
  /** At the rule's temperature, before top-k and top-p: float32. */
  readonly logProbs: Value;
  /** 1 where an EOS token was sampled; a forced token does not end a sequence: int32. */
  readonly ended: Value;
}

/** @param hidden `[batch, hidden]`, of the last token of every sequence */
export function nextToken(
  hidden: Value,
  options: NextTokenOptions,
  { forced, early, uniform }: TokenInputs,
): SampledTokens {
  const { model, at, rule, eosIds } = options;
  const logits = model.logits(hidden, at, rule.temperature);
  const { probabilities, allowed } = distribution(logits, early, options);
  const isFree = less(forced, 0);
  const next = where(isFree, draw(restrict(allowed, rule), uniform), forced); // [batch, 1]
  const ended = and(isFree, greater(countIn(next, eosIds), 0));
  const flat = (x: Value) => reshape(x, [Number(hidden.dim(0))]);
  return {
    tokens: flat(next),
    logProbs: flat(log(gatherElements(probabilities, next, 1))),
    ended: flat(cast(ended, "int32")),
  };
}

/** Probabilities that are reported, and those that may be sampled from: `[batch, vocabulary]` each. */
function distribution(
  logits: Value,
  early: Value,
  { eosIds, masked }: NextTokenOptions,
): { probabilities: Value; allowed: Value } {
  if (eosIds.length > 0 && masked) {
    const probabilities = softmax(maskEos(logits, early, eosIds));
    return { probabilities, allowed: probabilities };
  }
  const probabilities = softmax(logits);
  // Without EOS tokens nothing is forbidden, but a graph must use each of its inputs.
  const allowed = eosIds.length === 0
    ? add(probabilities, mul(early, 0))
    : forbid(probabilities, early, eosIds);
  return { probabilities, allowed };
}

/** How many of the ids each token equals, 0 or 1. */
function countIn(tokens: Value, ids: readonly number[]): Value {
  return ids.map((id) => cast(equal(tokens, id), "int32")).reduce(add, mul(tokens, 0));
}
