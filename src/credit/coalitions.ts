/**
 * Coalitions: the sets of players whose worths Shapley values are made of, all of them or a sample. Pure; the
 * same players always have the same.
 *
 * @module
 */

import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import type { RandomGenerator } from "pure-rand/types/RandomGenerator";
import type { Span } from "../text/encoding.ts";

/** A set of players, the first of which is the lowest bit. */
export type Coalition = bigint;

/** What each player adds to a coalition that others form, and how much that counts in a player's value. */
interface Addition {
  readonly player: number;
  readonly before: Coalition;
  readonly weight: number;
}

/** What is asked for the values of a game, and how they come of the worths of coalitions. */
export interface Game {
  /** Everybody. */
  readonly all: Coalition;
  /**
   * The coalitions whose worths are needed, each once; the empty one is the first, that of all players the last.
   * They are made one by one, for there may be more than anybody wants.
   */
  coalitions(): Iterable<Coalition>;
  /**
   * The value of each player.
   *
   * @param worthOf each of the coalitions
   * @returns with the standard error of each where a sample was drawn
   */
  values(worthOf: (coalition: Coalition) => number): Values;
}

/** Values of players. They add up to the worth of all less that of none. */
export interface Values {
  readonly values: Float64Array;
  /** @default they are exact */
  readonly errors?: Float64Array;
}

/** Fewer pairs of orders have no standard error. */
const LEAST_PAIRS = 2;

/**
 * The game of players that come in groups: its values are those of Owen ("Values of games with a priori
 * unions", 1977), which are Shapley's where each player is a group of its own. Orders of players are all
 * equally likely in which no group is interrupted; a value is the mean of what a player adds to those before it.
 *
 * @param groups ranges of players in order, which hold all of them
 * @param most coalitions to ask about: where there are more, pairs of an order and its reverse are drawn
 * (Mitchell, Cooper, Frank and Holmes, "Sampling Permutations for Shapley Value Estimation", arXiv 2104.12199,
 * section 4), as many as fit, at least two
 */
export function gameOf(groups: readonly Span[], most: number): Game {
  const players = groups.at(-1)?.[1] ?? 0;
  return isSampled(groups, most) ? sampledGame(groups, players, most) : exactGame(groups, players);
}

/** Whether the values of such a game are the means of a sample of orders, and not exact. */
export function isSampled(groups: readonly Span[], most: number): boolean {
  return countOf(groups) > most;
}

/** How many coalitions exact values need, or Infinity where nobody would want to count them. */
function countOf(groups: readonly Span[]): number {
  const within = groups.reduce((sum, [start, end]) => sum + 2 ** (end - start) - 2, 0);
  const ofOthers = 2 ** (groups.length - 1); // perhaps Infinity, of which 0 times is no number
  return 2 * ofOthers + (within === 0 ? 0 : within * ofOthers);
}

function exactGame(groups: readonly Span[], players: number): Game {
  const additions = groups.flatMap((group) => additionsOf(group, groups));
  return {
    all: allOf([0, players]),
    coalitions: () => known(players, additions.map(({ before }) => before)),
    values(worthOf) {
      const values = new Float64Array(players);
      for (const { player, before, weight } of additions) {
        values[player]! += weight * (worthOf(before | bit(player)) - worthOf(before));
      }
      return { values };
    },
  };
}

/** What the players of a group add, to every set of other groups with every part of their own. */
function additionsOf(group: Span, groups: readonly Span[]): Addition[] {
  const others = groups.filter((each) => each !== group).map(allOf);
  const own = Array.from({ length: group[1] - group[0] }, (_, i) => group[0] + i);
  return own.flatMap((player) => {
    const rest = own.filter((each) => each !== player).map(bit);
    return subsets(others).flatMap(([outside, groupsBefore]) =>
      subsets(rest).map(([inside, before]): Addition => ({
        player,
        before: outside | inside,
        weight: shareOfOrders(groupsBefore, groups.length) * shareOfOrders(before, own.length),
      }))
    );
  });
}

/** In what part of all orders of `count` just these `before` stand before a certain one: k!(n-1-k)!/n!. */
function shareOfOrders(before: number, count: number): number {
  let share = 1 / count;
  for (let i = 1; i <= before; i++) share *= i / (count - i);
  return share;
}

/** Every union of some of these sets, with how many it joins. */
function subsets(sets: readonly Coalition[]): (readonly [Coalition, number])[] {
  return sets.reduce<(readonly [Coalition, number])[]>(
    (found, set) => [...found, ...found.map(([union, size]) => [union | set, size + 1] as const)],
    [[0n, 0]],
  );
}

function sampledGame(groups: readonly Span[], players: number, most: number): Game {
  const pairs = Math.max(LEAST_PAIRS, Math.floor((most - 2) / (2 * (players - 1))));
  const random = xoroshiro128plus(players);
  const orders = Array.from({ length: pairs }, () => orderOf(groups, random));
  return {
    all: allOf([0, players]),
    coalitions: () => known(players, beginningsOf(orders)),
    values: (worthOf) =>
      meanOf(orders.map((order) => {
        const [there, back] = [order, order.toReversed()].map((each) => added(each, worthOf));
        return there!.map((value, player) => (value + back![player]!) / 2);
      })),
  };
}

/** An order in which no group is interrupted. */
function orderOf(groups: readonly Span[], random: RandomGenerator): number[] {
  return shuffled(groups, random).flatMap(([start, end]) =>
    shuffled(Array.from({ length: end - start }, (_, i) => start + i), random)
  );
}

/** Fisher and Yates. */
function shuffled<Item>(items: readonly Item[], random: RandomGenerator): Item[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last--) {
    const chosen = uniformInt(random, 0, last);
    [order[last], order[chosen]] = [order[chosen]!, order[last]!];
  }
  return order;
}

/** The beginnings of each order, and of its reverse. */
function* beginningsOf(orders: readonly (readonly number[])[]): Generator<Coalition> {
  for (const order of orders) {
    yield* beginnings(order);
    yield* beginnings(order.toReversed());
  }
}

/** The players before each in an order. */
function* beginnings(order: readonly number[]): Generator<Coalition> {
  let before = 0n;
  for (const player of order) {
    yield before;
    before |= bit(player);
  }
}

/** What each player adds in an order. */
function added(
  order: readonly number[],
  worthOf: (coalition: Coalition) => number,
): Float64Array {
  const values = new Float64Array(order.length);
  let at = 0;
  for (const before of beginnings(order)) {
    const player = order[at++]!;
    values[player] = worthOf(before | bit(player)) - worthOf(before);
  }
  return values;
}

/** The mean of samples, and its standard error. */
function meanOf(samples: readonly Float64Array[]): Values {
  const { length: count } = samples;
  const mean = (of: (sample: Float64Array, player: number) => number) =>
    samples[0]!.map((_, player) =>
      samples.reduce((sum, each) => sum + of(each, player), 0) / count
    );
  const values = mean((sample, player) => sample[player]!);
  const squares = mean((sample, player) => (sample[player]! - values[player]!) ** 2);
  return { values, errors: squares.map((square) => Math.sqrt(square / (count - 1))) };
}

/** The coalitions once each, that of nobody first and that of all last. */
function* known(players: number, coalitions: Iterable<Coalition>): Generator<Coalition> {
  const all = allOf([0, players]);
  const told = new Set([all, 0n]);
  if (all !== 0n) yield 0n;
  for (const each of coalitions) {
    if (told.has(each)) continue;
    told.add(each);
    yield each;
  }
  yield all;
}

function bit(player: number): Coalition {
  return 1n << BigInt(player);
}

function allOf([start, end]: Span): Coalition {
  return (bit(end) - 1n) ^ (bit(start) - 1n);
}
