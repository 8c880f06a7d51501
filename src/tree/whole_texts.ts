/**
 * Whole texts: the rows of a batch written out side by side, each text from its first token to its last, as fused
 * operators of attention want them. What texts share stands in each of them; it is attended from there again, but
 * only attended: everything else about it is still computed once.
 *
 * @module
 */

import { type AtOnceLimit, fits } from "./at_once.ts";
import type { PrefixTree, Segment } from "./prefix_tree.ts";

/** The texts of a batch, filled up to the longest of them. */
export interface WholeTexts {
  /** Whether there is memory for it. Where there is not, the lists are empty or 0. */
  readonly atOnce: boolean;
  readonly count: number;
  /** Tokens of the longest text. */
  readonly longest: number;
  /** The packed token of each place, `count x longest`. Behind a text its first token comes again, unread. */
  readonly tokens: Int32Array;
  /** Of each packed token a place that it stands in; that of a shared one is in the last text to have it. */
  readonly places: Int32Array;
}

/** Writes the texts of a tree out, a text that another begins with within that. */
export function wholeTexts(tree: PrefixTree, limit: AtOnceLimit | undefined): WholeTexts {
  const parents = new Set(tree.segments.map(({ parent }) => parent));
  const leaves = tree.segments.filter((segment) => !parents.has(segment));
  const longest = Math.max(0, ...leaves.map(lengthOf));
  const places = new Int32Array(tree.tokens);
  const extents = {
    pairs: leaves.length * longest * longest,
    places: leaves.length * longest,
  };
  if (!fits(limit, extents)) {
    return { atOnce: false, count: 0, longest: 0, tokens: new Int32Array(), places };
  }
  const tokens = new Int32Array(extents.places);
  for (const [text, leaf] of leaves.entries()) {
    writeText(leaf, { tokens, places, first: text * longest, longest });
  }
  return { atOnce: true, count: leaves.length, longest, tokens, places };
}

function lengthOf({ start, ids }: Segment): number {
  return start + ids.length;
}

/** Segment by segment, from the last one to the root. */
function writeText(
  leaf: Segment,
  { tokens, places, first, longest }:
    & Pick<WholeTexts, "tokens" | "places" | "longest">
    & { first: number },
): void {
  let segment: Segment | undefined = leaf;
  while (segment !== undefined) {
    for (let i = 0; i < segment.ids.length; i++) {
      const place = first + segment.start + i;
      tokens[place] = segment.first + i;
      places[segment.first + i] = place;
    }
    segment = segment.parent;
  }
  tokens.fill(tokens[first] ?? 0, first + lengthOf(leaf), first + longest);
}
