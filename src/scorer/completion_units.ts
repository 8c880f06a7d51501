/**
 * Completion units: the units of a tokenised completion under a rule, and those that had something earned, as
 * a reply tells them.
 *
 * @module
 */

import type { TokenCredit } from "../credit/pay.ts";
import type { LoadedModel } from "../model/model.ts";
import type { Span } from "../text/encoding.ts";
import type { PaidTokens } from "../text/paid_tokens.ts";
import type { DecodedText } from "../text/pieces.ts";
import type { ReadPart } from "../text/read_part.ts";
import { unitEnds } from "../text/unit_ends.ts";
import { isOfTokens, type TextUnit, type UnitRule } from "../text/unit_rule.ts";
import { grouped, type PlacedUnits, stepUnits, textUnits, tokenUnits } from "../text/units.ts";

/** A stretch of a completion that credit was given to. */
export interface ScoredUnit {
  /** Its tokens, as a range of the rewards. */
  readonly tokens: Span;
  /** Its code points of the completion; absent for the steps of a process reward model. */
  readonly characters?: Span;
  /** What its tokens were paid together. */
  readonly reward: number;
  /** The standard error of what it earned, of methods that sample. */
  readonly standardError?: number;
}

/** Whether the units of a rule are found in the text; the steps of a process reward model are its own. */
export function isOfText(
  rule: UnitRule,
  { steps }: Pick<LoadedModel, "steps">,
): rule is TextUnit {
  return !isOfTokens(rule) && !(rule === "step" && steps !== undefined);
}

/** What {@linkcode completionUnits} goes by. */
export interface CompletionPlaces {
  /** As far as the completion was read. */
  readonly encoding: ReadPart;
  readonly paid: PaidTokens;
  /** The caller's own tokens, where those are paid. */
  readonly spans?: readonly Span[] | undefined;
  /** The completion's text with the places of its tokens; there for units of text. */
  readonly text?: DecodedText | undefined;
  readonly model: Pick<LoadedModel, "steps">;
}

/** The units of a completion. */
export function completionUnits(
  rule: UnitRule,
  { encoding, paid, spans, text, model }: CompletionPlaces,
): PlacedUnits {
  const { completion: [start, end], steps = [] } = encoding;
  const tokens = Math.max(0, end - start);
  if (isOfTokens(rule)) return tokenUnits(paid, tokens);
  if (!isOfText(rule, model)) {
    return stepUnits(paid, { tokens, ends: steps.map(({ at }) => at - start) });
  }
  if (text === undefined) throw new TypeError("Cannot find units as no text was asked for");
  const offsets = text.offsets.slice(0, tokens);
  const units = textUnits(paid, {
    ends: unitEnds(text.text, rule),
    tokens: offsets,
    paid: paid.of(spans ?? offsets),
  });
  if (rule !== "clause") return units;
  return grouped(units, { tokens: offsets, ends: unitEnds(text.text, "sentence") });
}

/** The units as ranges of the rewards, each with what its tokens were paid together; none of single tokens. */
export function scoredUnits(
  rule: UnitRule,
  { units, paid, credit: { rewards, standardErrors } }: {
    units: PlacedUnits;
    paid: PaidTokens;
    credit: TokenCredit;
  },
): readonly ScoredUnit[] | undefined {
  if (isOfTokens(rule)) return undefined;
  return units.paid.map(([start, end], unit): ScoredUnit => {
    const characters = units.characters?.[unit];
    const standardError = standardErrors?.[unit];
    const tokens: Span = [paid.indices[start]!, paid.indices[end - 1]! + 1];
    return {
      tokens,
      ...(characters === undefined ? {} : { characters }),
      reward: paidTo(tokens, rewards),
      ...(standardError === undefined ? {} : { standardError }),
    };
  });
}

/** What a range of tokens was paid. */
export function paidTo(tokens: Span, rewards: Float64Array): number {
  return rewards.subarray(...tokens).reduce((sum, reward) => sum + reward, 0);
}
