/**
 * One completion as a mixture's members scored it, made one: sums of score, rewards and what belongs to no
 * token, each times its member's weight, over the same tokens. Pure.
 *
 * @module
 */

import { requireSumLaw } from "../credit/assign.ts";
import { ownTokens } from "../text/own_tokens.ts";
import type { Span } from "../text/encoding.ts";
import { paidTo, type ScoredUnit } from "./completion_units.ts";
import type { ScoredCompletion } from "./scored.ts";
import type { TokenizedSample } from "./task.ts";

/** What one member says of a completion. */
export interface MemberScore {
  readonly name: string;
  readonly weight: number;
  readonly completion: ScoredCompletion;
}

/**
 * The sample for a further member, asked to pay the first member's tokens: where its own have other places,
 * they are given to it as a caller's spans. Ids have one tokenizer, and a caller's own spans stay.
 */
export function onTokensOf(first: TokenizedSample, own: TokenizedSample): TokenizedSample {
  const { sample } = own;
  if (sample.kind === "ids" || sample.spans !== undefined) return own;
  const spans = placesOf(first);
  // Without a token there is nobody to pay, and the score is left over as a whole.
  if (spans.length === 0 || sameSpans(spans, placesOf(own))) return own;
  return { ...own, sample: { ...sample, spans } };
}

/**
 * Adds up what the members say, over the tokens of {@linkcode toldBy}.
 *
 * @throws {AbacusError} `model_failure` where the sums break the law that each member's own numbers keep
 */
export function mixedCompletion(parts: readonly MemberScore[]): ScoredCompletion {
  const completions = parts.map(({ completion }) => completion);
  const told = toldBy(completions);
  const { score, rewards, offset } = addedUp(parts, told.rewards.length);
  const left = rewards.length === 0 || completions.some((each) => each.offset !== undefined);
  return {
    score,
    rewards,
    ...sharesOf(parts, rewards.length),
    ...unitsOf(completions, rewards),
    ...(left ? { offset } : {}),
    ...(told.tokenIds === undefined ? {} : { tokenIds: told.tokenIds }),
    ...(told.offsets === undefined ? {} : { offsets: told.offsets }),
    ...massOf(completions),
    ...(rewards.length === 0 ? {} : residualOf(parts)),
    ...droppedByAll(completions),
    truncated: completions.some(({ truncated }) => truncated),
    ...(completions.some(({ fallback }) => fallback !== undefined)
      ? { fallback: "uniform" as const }
      : {}),
    members: parts.map(({ name, completion }) => ({ name, score: completion.score })),
  };
}

/**
 * Whose tokens are paid: the first member's. Ids are the same to all, but a member with a smaller context may
 * have cut more of them off the end, so theirs are told by the first of those that kept most.
 */
function toldBy(completions: readonly ScoredCompletion[]): ScoredCompletion {
  const [first] = completions as [ScoredCompletion];
  if (first.offsets !== undefined) return first;
  return completions.reduce((most, each) =>
    each.rewards.length > most.rewards.length ? each : most
  );
}

/** The weighted sums. What a member cut off earned nothing of it; where no token is paid, no score is. */
function addedUp(
  parts: readonly MemberScore[],
  tokens: number,
): Pick<ScoredCompletion, "score" | "rewards"> & { readonly offset: number } {
  const rewards = new Float64Array(tokens);
  let [score, offset, size] = [0, 0, 0];
  for (const { weight, completion } of parts) {
    score += weight * completion.score;
    size += Math.abs(weight) * Math.max(1, Math.abs(completion.score));
    offset += weight * (tokens === 0 ? completion.score : completion.offset ?? 0);
    if (tokens > 0) completion.rewards.forEach((reward, at) => rewards[at]! += weight * reward);
  }
  requireSumLaw({ rewards, offset }, score, size);
  return { score, rewards, offset };
}

/**
 * The units are stretches of one text, so they are one member's, the first that has read furthest, with what all
 * paid to their tokens. Each begins where the one before ends: what one member has no token for, another may pay.
 * Errors of members that drew the same samples do not say that of the sum.
 */
function unitsOf(
  completions: readonly ScoredCompletion[],
  rewards: Float64Array,
): Pick<ScoredCompletion, "units"> {
  const [first, ...others] = completions.map(({ units }) => units);
  if (first === undefined) return {};
  const furthest = others.reduce<typeof first>(
    (most, each = []) => lastToken(each) > lastToken(most) ? each : most,
    first,
  );
  return {
    units: furthest.map(({ standardError: _, ...unit }, at): ScoredUnit => {
      const tokens: Span = [furthest[at - 1]?.tokens[1] ?? 0, unit.tokens[1]];
      return { ...unit, tokens, reward: paidTo(tokens, rewards) };
    }),
  };
}

/** Where the last of some units ends. */
function lastToken(units: readonly ScoredUnit[]): number {
  return units.at(-1)?.tokens[1] ?? 0;
}

/** How small the weights' sum may be beside their sizes before a mean by them says nothing. */
const LEAST_SUM = 1e-6;

/** The mean by weight of the shares of those members that have any, which adds up to 1 as each of theirs does. */
function sharesOf(
  parts: readonly MemberScore[],
  tokens: number,
): Pick<ScoredCompletion, "shares"> {
  const all = parts.flatMap(({ weight, completion: { shares } }) =>
    shares === undefined ? [] : { weight, shares }
  );
  if (all.length < parts.length) return {};
  // Where a member read none of the tokens, all of its shares are 0.
  const some = all.filter(({ shares }) => shares.some((share) => share !== 0));
  const total = some.reduce((sum, { weight }) => sum + weight, 0);
  const size = some.reduce((sum, { weight }) => sum + Math.abs(weight), 0);
  if (Math.abs(total) < LEAST_SUM * size) return {};
  const mean = new Float64Array(tokens);
  if (tokens === 0) return { shares: mean };
  for (const { weight, shares } of some) {
    shares.forEach((share, token) => mean[token]! += weight * share / total);
  }
  return { shares: mean };
}

/** The least: where one member hardly looked at the tokens, its shares say little. */
function massOf(completions: readonly ScoredCompletion[]): Pick<ScoredCompletion, "responseMass"> {
  const masses = completions.flatMap(({ responseMass }) => responseMass ?? []);
  return masses.length < completions.length ? {} : { responseMass: Math.min(...masses) };
}

/** The members' by weight, as that of their rewards; one that read no token has none. */
function residualOf(parts: readonly MemberScore[]): Pick<ScoredCompletion, "residual"> {
  const residuals = parts.flatMap(({ weight, completion: { residual } }) =>
    residual === undefined ? [] : weight * residual
  );
  return residuals.length === 0 ? {} : { residual: residuals.reduce((a, b) => a + b, 0) };
}

/** What no member has read: only that earns nothing for certain. */
function droppedByAll(completions: readonly ScoredCompletion[]): Pick<ScoredCompletion, "dropped"> {
  const all = completions.map(({ dropped }) => dropped ?? []);
  const dropped = all.reduce(overlaps);
  return dropped.length === 0 ? {} : { dropped };
}

/** The ranges that lie in one of both lists, which are in reading order. */
function overlaps(some: readonly Span[], others: readonly Span[]): Span[] {
  return some.flatMap(([start, end]) =>
    others.map(([from, to]): Span => [Math.max(start, from), Math.min(end, to)])
      .filter(([from, to]) => from < to)
  );
}

function placesOf({ encoding }: TokenizedSample): readonly Span[] {
  return ownTokens(encoding).of(encoding.offsets);
}

function sameSpans(some: readonly Span[], others: readonly Span[]): boolean {
  return some.length === others.length &&
    some.every(([start, end], at) => start === others[at]![0] && end === others[at]![1]);
}
