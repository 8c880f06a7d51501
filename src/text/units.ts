/**
 * Units: what credit is given to, as ranges of the completion's tokens: each token, or stretches of the text.
 *
 * Knows text and spans, not the quantities that are carried over.
 *
 * @module
 */

import type { Span } from "./encoding.ts";
import type { PaidTokens } from "./paid_tokens.ts";

/**
 * The units of a completion, as credit methods measure them, and the tokens that are paid for each.
 *
 * The reward model's tokens and those that are paid are two lists where a caller has tokens of its own. A
 * token of either belongs as a whole to the unit that holds its last character; so does the space before a
 * word, which tokens begin with. A unit that no paid token belongs to is one with the next unit.
 */
export interface Units {
  readonly count: number;
  /**
   * The parts that a method tells its numbers of, as ranges of the completion's tokens, the first of which
   * is 0: in order, none empty, together all tokens. One per unit, unless units are the tokens of a caller.
   */
  readonly parts: readonly Span[];
  /** Parts that belong together, as ranges of parts: the clauses of a sentence. @default each is alone */
  readonly groups?: readonly Span[];
  /**
   * Carries a quantity per part over to the units, with the same sum.
   *
   * @param perPart one value per part
   * @param closing the quantity of the closing tokens; it goes to the unit of the caller's end-of-sequence
   * token where there is one and is dropped otherwise
   * @returns one value per unit, in a new array
   */
  project(perPart: Float64Array, closing: number): Float64Array;
}

/** Units that know their places. */
export interface PlacedUnits extends Units {
  /** Per unit, the paid tokens that are its own: in order, none empty, together all of them. */
  readonly paid: readonly Span[];
  /** Per unit, its code points of the completion. @default the units are tokens, or nobody knows their text */
  readonly characters?: readonly Span[];
}

/** Each paid token as a unit. @param tokens of the completion */
export function tokenUnits(paid: PaidTokens, tokens: number): PlacedUnits {
  return {
    count: paid.count,
    parts: singles(tokens),
    project: (perPart, closing) => paid.project(perPart, closing),
    paid: singles(paid.count),
  };
}

/** Tokens and where units end among them, in the same measure: characters of the text, or tokens. */
interface UnitEnds {
  /** The place of each token. They do not go back. */
  readonly places: readonly Span[];
  /** The end of each unit, ascending. */
  readonly ends: readonly number[];
}

/** Stretches as units. @param ends of the same units among the completion's tokens and among those paid */
function stretchUnits(
  paid: PaidTokens,
  ends: { readonly tokens: UnitEnds; readonly paid: UnitEnds },
): PlacedUnits {
  const owners = ownersOf(ends.paid);
  const kept = [...new Set(owners)];
  const tokenOwners = ownersOf({
    places: ends.tokens.places,
    ends: kept.map((unit) => ends.tokens.ends[unit]!),
  });
  const parts = runs(tokenOwners);
  return {
    count: kept.length,
    parts,
    paid: runs(owners),
    project(perPart, closing) {
      const perUnit = new Float64Array(kept.length);
      if (kept.length === 0) return perUnit;
      parts.forEach(([start], part) => perUnit[tokenOwners[start]!]! += perPart[part]!);
      if (paid.closes) perUnit[kept.length - 1]! += closing;
      return perUnit;
    },
  };
}

/** The units, with their parts in groups that end there. @param ends in code points, as `tokens` are */
export function grouped(
  units: PlacedUnits,
  { tokens, ends }: Pick<TextPlaces, "tokens" | "ends">,
): PlacedUnits {
  const last = units.parts.map(([, end]) => tokens[end - 1]!);
  return { ...units, groups: runs(ownersOf({ places: last, ends })) };
}

/** What {@linkcode textUnits} goes by, in code points of the completion. */
export interface TextPlaces {
  /** Where the units end. */
  readonly ends: readonly number[];
  /** The characters of each token of the completion. */
  readonly tokens: readonly Span[];
  /** The characters of each paid token. */
  readonly paid: readonly Span[];
}

/** Stretches of the text as units. */
export function textUnits(paid: PaidTokens, { ends, ...places }: TextPlaces): PlacedUnits {
  const units = stretchUnits(paid, {
    tokens: { places: places.tokens, ends },
    paid: { places: places.paid, ends },
  });
  const kept = [...new Set(ownersOf({ places: places.paid, ends }))].map((unit) => ends[unit]!);
  return { ...units, characters: kept.map((end, unit): Span => [kept[unit - 1] ?? 0, end]) };
}

/** Steps of a process reward model as units. @param ends the last token of each step, of the completion's */
export function stepUnits(
  paid: PaidTokens,
  { tokens, ends }: { readonly tokens: number; readonly ends: readonly number[] },
): PlacedUnits {
  return stretchUnits(paid, {
    tokens: { places: singles(tokens), ends: ends.map((end) => end + 1) },
    paid: { places: singles(paid.count), ends: ends.map((end) => paid.lastOf(end) + 1) },
  });
}

/** For each place the first unit that ends behind it or with it; behind all ends the last. */
function ownersOf({ places, ends }: UnitEnds): number[] {
  let unit = 0;
  return places.map(([, end]) => {
    while (unit < ends.length - 1 && ends[unit]! < end) unit++;
    return unit;
  });
}

/** The ranges in which a list has the same value. */
function runs(values: readonly number[]): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const [at, value] of values.entries()) {
    if (value === values[at + 1]) continue;
    spans.push([start, at + 1]);
    start = at + 1;
  }
  return spans;
}

function singles(count: number): Span[] {
  return Array.from({ length: count }, (_, at): Span => [at, at + 1]);
}
