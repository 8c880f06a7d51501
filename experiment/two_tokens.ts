/**
 * Two tokens: policies that are small enough for their exact policy gradient, to show how dense credit affects
 * what a policy learns.
 *
 * Every credit method here assigns the same total, so the best policy stays the best. But an actor-critic
 * credits an action with later rewards only, and shares that depend on the finished text also change earlier
 * rewards. `docs/reward-to-go.md` explains this to users.
 *
 * @module
 */

import { assignCredit, type PaidOptions } from "../src/credit/assign.ts";
import { defaultOptions } from "../src/credit/options.ts";
import { creditMethod } from "../src/credit/registry.ts";

/** A complete text that the policy can write, with the outputs of the reward model. */
export interface Ending {
  readonly name: string;
  readonly tokens: readonly string[];
  readonly score: number;
  /** Attention of the score's position to each token. */
  readonly attention: readonly number[];
  /** The score read after each token; the last is the score. */
  readonly prefixScores: readonly number[];
}

/** The credit method and the advantage estimator. */
export interface Setting {
  /** A method of Abacus. */
  readonly method: string;
  readonly beta: number;
  /**
   * The advantage of an action: `gae` is generalised advantage estimation (gamma 1) with exact values, which for
   * lambda 1 is the reward to go minus its mean; `episode` is the whole text's reward minus its mean.
   */
  readonly estimator: "gae" | "episode";
  /** Of `gae`. */
  readonly lambda?: number;
}

/** The probability of each ending, by name. */
export type Probabilities = Readonly<Record<string, number>>;

/**
 * A late choice that moves attention: A is better, but its attention is on the first token, whose reward is
 * already past when the choice is made.
 */
export const lookingBack: readonly Ending[] = [
  { name: "A", tokens: ["x", "a"], score: 1, attention: [0.9, 0.1], prefixScores: [0.5, 1] },
  { name: "B", tokens: ["x", "b"], score: 0.8, attention: [0.1, 0.9], prefixScores: [0.5, 0.8] },
];

/** The same with negative scores: B is worse, but its attention assigns the penalty to the first token. */
export const passingBlame: readonly Ending[] = [
  { name: "A", tokens: ["x", "a"], score: -0.8, attention: [0.1, 0.9], prefixScores: [-0.5, -0.8] },
  { name: "B", tokens: ["x", "b"], score: -1, attention: [0.9, 0.1], prefixScores: [-0.5, -1] },
];

/** The policy chooses the length: continuing is worse, but leaves more equal shares for later tokens. */
export const goingOn: readonly Ending[] = [
  { name: "A", tokens: ["x", "."], score: 1, attention: [0.5, 0.5], prefixScores: [0.5, 1] },
  {
    name: "B",
    tokens: ["x", "and", "so", "on"],
    score: 0.8,
    attention: [0.25, 0.25, 0.25, 0.25],
    prefixScores: [0.5, 0.6, 0.7, 0.8],
  },
];

/**
 * Follows the exact expected policy gradient of a softmax policy with one logit per action and prefix,
 * from equal logits.
 *
 * @returns the probability of each ending after training
 */
export function learn(
  endings: readonly Ending[],
  setting: Setting,
  { steps = 2_000, rate = 20 }: { readonly steps?: number; readonly rate?: number } = {},
): Probabilities {
  const logits = equalLogits(endings);
  for (let step = 0; step < steps; step++) {
    for (const [place, slope] of gradient(endings, setting, logits)) {
      logits.set(place, logits.get(place)! + rate * slope);
    }
  }
  const policy = policyOf(logits);
  return Object.fromEntries(endings.map((each) => [each.name, probability(each, policy)]));
}

/** The expected policy gradient by place, `prefix|action`; logits are equal by default. */
export function gradient(
  endings: readonly Ending[],
  setting: Setting,
  logits: ReadonlyMap<string, number> = equalLogits(endings),
): Map<string, number> {
  const policy = policyOf(logits);
  const paid = paidTexts(endings, setting, policy);
  const slopes = new Map([...logits.keys()].map((place) => [place, 0]));
  for (const text of paid) {
    const advantages = advantagesOf(text, paid, setting);
    for (const [t, place] of text.places.entries()) {
      // The gradient of log softmax: 1 at the action taken, minus every action's probability.
      for (const other of siblings(place, logits)) {
        const taken = other === place ? 1 : 0;
        const slope = text.weight * advantages[t]! * (taken - policy.get(other)!);
        slopes.set(other, slopes.get(other)! + slope);
      }
    }
  }
  return slopes;
}

/** The advantage of every token of every ending, under equal logits. */
export function advantagesOfAll(endings: readonly Ending[], setting: Setting): number[][] {
  const paid = paidTexts(endings, setting, policyOf(equalLogits(endings)));
  return paid.map((text) => advantagesOf(text, paid, setting));
}

/**
 * The beta above which reward to go prefers the worse of two endings that differ after their first tokens. With
 * a score r and the share a of it before the choice, an action is credited with `r (1 - beta a)`, so A, the
 * better, loses to B if
 *
 *     beta > (r_A - r_B) / (a_A r_A - a_B r_B)
 *
 * @returns above 1 if no beta suffices; Infinity if no larger one would either
 */
export function thresholdOf([better, worse]: readonly Ending[], before = 1): number {
  const [ours, theirs] = [better!, worse!].map(({ score, attention }) =>
    score * attention.slice(0, before).reduce((sum, share) => sum + share, 0)
  ) as [number, number];
  return ours > theirs ? (better!.score - worse!.score) / (ours - theirs) : Infinity;
}

interface PaidText {
  readonly places: readonly string[];
  /** Its probability. */
  readonly weight: number;
  readonly rewards: readonly number[];
}

function paidTexts(
  endings: readonly Ending[],
  setting: Setting,
  policy: ReadonlyMap<string, number>,
): PaidText[] {
  return endings.map((ending) => ({
    places: placesOf(ending),
    weight: probability(ending, policy),
    rewards: rewardsOf(ending, setting),
  }));
}

/** The rewards of the tokens of a text, as the server pays them. */
export function rewardsOf(
  ending: Ending,
  { method, beta }: Pick<Setting, "method" | "beta">,
): number[] {
  const answer = {
    score: ending.score,
    rowScores: Float64Array.from(ending.prefixScores),
    measured: { attention: Float64Array.from(ending.attention) },
  };
  const inputs = inputsOf(ending.tokens.length);
  const { rewards, offset = 0 } = assignCredit(creditMethod(method), [answer], { inputs, beta });
  // The prompt's part is the same for every text, so it may be added to the first token.
  return [...rewards].map((reward, t) => t === 0 ? reward + offset : reward);
}

/** A text of `count` tokens without a prompt. */
function inputsOf(count: number): PaidOptions["inputs"] {
  const tokens = Array.from({ length: count }, (_, at) => [at, at + 1] as const);
  const text = { ids: new Int32Array(count), pool: [count - 1] };
  return {
    ...text,
    completion: [0, count],
    closing: [count, count],
    units: { count, parts: tokens, project: (perToken) => perToken.slice(), paid: tokens },
    options: defaultOptions,
    without: () => text,
  };
}

function advantagesOf(
  { places, rewards }: PaidText,
  all: readonly PaidText[],
  { estimator, lambda = 1 }: Setting,
): number[] {
  if (estimator === "episode") {
    const total = (text: PaidText) => text.rewards.reduce((sum, reward) => sum + reward, 0);
    return places.map((place, t) =>
      total({ places, rewards, weight: 0 }) - meanFrom(place, t, all, total)
    );
  }
  const toGo = (from: number) => (text: PaidText) =>
    text.rewards.slice(from).reduce((sum, reward) => sum + reward, 0);
  const values = places.map((place, t) => meanFrom(place, t, all, toGo(t)));
  const advantages: number[] = [];
  for (let t = places.length - 1, next = 0; t >= 0; t--) {
    const delta = rewards[t]! + (values[t + 1] ?? 0) - values[t]!;
    advantages[t] = next = delta + lambda * next;
  }
  return advantages;
}

/** The expectation over the texts with the prefix of a place. */
function meanFrom(
  place: string,
  t: number,
  all: readonly PaidText[],
  of: (text: PaidText) => number,
): number {
  const through = all.filter(({ places }) => prefixOf(places[t] ?? "|") === prefixOf(place));
  const weight = through.reduce((sum, text) => sum + text.weight, 0);
  return through.reduce((sum, text) => sum + text.weight * of(text), 0) / weight;
}

function equalLogits(endings: readonly Ending[]): Map<string, number> {
  return new Map(endings.flatMap(placesOf).map((place) => [place, 0]));
}

/** The place of each token: its prefix and the token. */
function placesOf({ tokens }: Ending): string[] {
  return tokens.map((token, t) => `${["^", ...tokens.slice(0, t)].join(" ")}|${token}`);
}

function prefixOf(place: string): string {
  return place.slice(0, place.lastIndexOf("|"));
}

function siblings(place: string, logits: ReadonlyMap<string, number>): string[] {
  return [...logits.keys()].filter((other) => prefixOf(other) === prefixOf(place));
}

function policyOf(logits: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...logits].map(([place, logit]) => {
    const total = siblings(place, logits).reduce(
      (sum, other) => sum + Math.exp(logits.get(other)! - logit),
      0,
    );
    return [place, 1 / total];
  }));
}

function probability(ending: Ending, policy: ReadonlyMap<string, number>): number {
  return placesOf(ending).reduce((product, place) => product * policy.get(place)!, 1);
}
