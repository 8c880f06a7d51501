/**
 * How the scores of a reply were spread, and the units that credit was given to.
 *
 * @module
 */

import type { CompletionReply, RewardReply } from "../wire/reply.ts";
import { countAt, finiteAt, listAt, mismatch, objectAt, type Placed, textAt } from "./check.ts";
import type { RequestHead } from "./requests.ts";
import { spanAt } from "./spans.ts";
import { requireSum } from "./sum_law.ts";

/** How scores were spread, which must be as requested; single tokens are the unit that goes unsaid. */
export function readCredit(
  credit: Readonly<Record<string, unknown>>,
  { credit: { method, beta, unit, pay } = {} }: RequestHead,
): RewardReply["credit"] {
  const at = (name: string) => ({ value: credit[name], path: `credit.${name}` });
  const read: RewardReply["credit"] = {
    method: textAt(sameAs(at("method"), method)),
    beta: finiteAt(sameAs(at("beta"), beta)),
  };
  const said = credit.unit ?? "token";
  if (unit !== undefined && JSON.stringify(said) !== JSON.stringify(unit)) {
    throw mismatch(at("unit"), `must be ${JSON.stringify(unit)}, as requested`);
  }
  if (credit.unit === undefined) return read;
  return { ...read, unit: unitAt(at("unit")), pay: textAt(sameAs(at("pay"), pay)) };
}

/** A unit: its name, a window or a separator. */
function unitAt(placed: Placed): NonNullable<RewardReply["credit"]["unit"]> {
  if (typeof placed.value === "string") return placed.value;
  const { window, separator } = objectAt(placed);
  return window === undefined
    ? { separator: textAt({ value: separator, path: `${placed.path}.separator` }) }
    : { window: countAt({ value: window, path: `${placed.path}.window` }) };
}

/** The units that credit was given to: ranges of the rewards in order, each with their sum. */
export function readUnits(
  placed: Placed,
  rewards: Float64Array,
): NonNullable<CompletionReply["units"]> {
  let from = 0;
  return listAt(placed).map((value, i) => {
    const path = `${placed.path}[${i}]`;
    const unit = objectAt({ value, path });
    const tokens = spanAt({ value: unit.tokens, path: `${path}.tokens` });
    if (tokens[0] < from || tokens[1] > rewards.length) {
      const { length } = rewards;
      throw mismatch({ value, path }, `must be a range of the ${length} rewards, in order`);
    }
    from = tokens[1];
    const reward = finiteAt({ value: unit.reward, path: `${path}.reward` });
    requireSum({ value: "", path }, rewards.subarray(...tokens), reward);
    return {
      tokens,
      ...(unit.characters === undefined
        ? {}
        : { characters: spanAt({ value: unit.characters, path: `${path}.characters` }) }),
      reward,
      ...(unit.standard_error === undefined ? {} : {
        standard_error: finiteAt({ value: unit.standard_error, path: `${path}.standard_error` }),
      }),
    };
  });
}

/** Scores of another model or of another credit method are not the requested ones. */
export function sameAs(placed: Placed, asked: unknown): Placed {
  if (asked === undefined || placed.value === asked) return placed;
  throw mismatch(placed, `must be '${asked}', as requested`);
}
