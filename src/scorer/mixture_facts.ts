/**
 * The facts of a mixture, put together of its members'.
 *
 * @module
 */

import { sumText } from "../model/score_rule.ts";
import type { MemberFacts, ModelFacts } from "./facts.ts";

/** A member with all that is told of it. */
export interface WeighedFacts {
  readonly facts: ModelFacts;
  readonly weight: number;
}

/**
 * What may be told of a mixture. Words of members that differ stand beside each other; the least of limits
 * counts; where one word has to do (how texts are closed, what ids mean), it is the first member's. It scores
 * whole completions: steps of members are no steps of a sum.
 */
export function mixtureFacts(name: string, weighed: readonly WeighedFacts[]): ModelFacts {
  const all = weighed.map(({ facts }) => facts);
  const [first] = all as [ModelFacts];
  const members = weighed.map(({ facts, weight }): MemberFacts => ({ name: facts.name, weight }));
  const words = (of: (facts: ModelFacts) => string) => [...new Set(all.map(of))].join(" + ");
  const alike = (of: (facts: ModelFacts) => string) => new Set(all.map(of)).size === 1;
  const numbers = (of: (facts: ModelFacts) => number) => all.map(of);
  return {
    name,
    family: "mixture",
    architecture: words(({ architecture }) => architecture),
    attention: alike(({ attention }) => attention) ? first.attention : "unknown",
    graph: all.every(({ graph }) => graph === "own") ? "own" : "prebuilt",
    pooling: words(({ pooling }) => pooling),
    head: words(({ head }) => head),
    task: "sequence",
    input: first.input,
    parameters: numbers(({ parameters }) => parameters).reduce((sum, each) => sum + each, 0),
    storedDtype: words(({ storedDtype }) => storedDtype),
    dtype: words(({ dtype }) => dtype),
    device: words(({ device }) => device),
    onDevice: Math.min(...numbers(({ onDevice }) => onDevice)),
    threads: Math.max(...numbers(({ threads }) => threads)),
    context: Math.min(...numbers(({ context }) => context)),
    vocabulary: first.vocabulary,
    labels: 1,
    scoreRule: mixtureRule(members),
    normalization: normalizationOf(all),
    chat: all.every(({ chat }) => chat),
    close: first.close,
    closes: first.closes.filter((close) => all.every(({ closes }) => closes.includes(close))),
    methods: first.methods.filter((method) => all.every(({ methods }) => methods.includes(method))),
    members,
    notes: [],
  };
}

/** As in `0.7 help + 0.3 safe`. */
export function mixtureRule(members: readonly MemberFacts[]): string {
  return sumText(members.map(({ name }) => name), members.map(({ weight }) => weight));
}

/** What is true of some member. */
function normalizationOf(all: readonly ModelFacts[]): ModelFacts["normalization"] {
  const words = all.map(({ normalization }) => normalization);
  if (words.includes("applied")) return "applied";
  return words.includes("not applied") ? "not applied" : "none";
}
