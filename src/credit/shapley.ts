/**
 * Shapley values: what a unit adds to the score, whichever others are there.
 *
 * @module
 */

import type { Span } from "../text/encoding.ts";
import { type Coalition, type Game, gameOf, isSampled } from "./coalitions.ts";
import type { CreditInputs, CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payNobody } from "./shares.ts";

/**
 * A unit, by default a sentence, is worth the mean of what it adds to the units before it, over all orders,
 *
 *     value[u] = mean over orders of R(x, those before u, and u) - R(x, those before u)
 *     reward[u] = beta * value[u] + [u is the last token] * (1 - beta) * R(x, y)
 *
 * where units that are not there are taken out of the text, as with `occlusion`, and the others stay in their
 * places. Shapley, "A Value for n-Person Games" (1953); for the scores of completions Cao et al., "SCAR:
 * Shapley Credit Assignment for More Efficient RLHF" (arXiv 2505.20417, section 3). Units that come in groups,
 * as clauses come in sentences, are ordered with their groups together: Owen's values.
 *
 * The values add up to R(x, y) - R(x), the score less that of the empty completion, which is stated as the
 * offset `beta * R(x)`: nothing is left over. A text of which no token would be left scores 0. Up to ten units
 * are exact with the usual budget (`credit.passes`, 1,024 texts), more are sampled within it, and the standard
 * error of each value is told.
 *
 * Sum-preserving, not policy-invariant. Texts begin alike, so a causal model computes them as one prefix tree.
 */
export const shapley: CreditMethod = {
  name: "shapley",
  summary:
    "what each unit adds to the score, whichever others are there, by default each sentence, whose " +
    "tokens share it",
  source: "Cao et al., SCAR, arXiv 2505.20417; sampled as in Mitchell et al., arXiv 2104.12199",
  signed: true,
  causalOnly: false,
  task: "sequence",
  unit: "sentence",
  pay: "spread",
  *plan(inputs) {
    yield scoreOf(inputs);
    for (const coalition of asked(gameFor(inputs), inputs)) yield scoreOf(only(coalition, inputs));
  },
  leastPlanned(inputs) {
    const { ids, completion: [start, end], units: { parts } } = inputs;
    if (!isSampled(...rulesOf(inputs))) return 0;
    // One order and its reverse: what the one leaves out of the completion, the other has.
    return (parts.length - 1) * (2 * ids.length - (end - start));
  },
  assign(answers, { inputs, beta }) {
    const { score } = ownAnswer(answers);
    const { units } = inputs;
    if (units.count === 0) return payNobody(score);
    const game = gameFor(inputs);
    const worths = new Map(
      [...asked(game, inputs)].map((coalition, i) => [coalition, answers[i + 1]?.score ?? NaN]),
    );
    worths.set(game.all, score);
    const worthOf = (coalition: Coalition) => worths.get(coalition) ?? 0;
    const { values, errors } = game.values(worthOf);
    return {
      earned: units.project(values.map((value) => beta * value), 0),
      rest: (1 - beta) * score,
      offset: beta * worthOf(0n),
      ...(errors === undefined
        ? {}
        : { standardErrors: units.project(errors.map((error) => beta * error), 0) }),
    };
  },
};

function gameFor(inputs: CreditInputs): Game {
  return gameOf(...rulesOf(inputs));
}

function rulesOf(
  { units: { parts, groups }, options: { passes } }: CreditInputs,
): Parameters<typeof gameOf> {
  return [groups ?? parts.map((_, part): Span => [part, part + 1]), passes];
}

/** The coalitions that the model is asked about: not all units, which is the completion, nor no token. */
function* asked(game: Game, inputs: CreditInputs): Generator<Coalition> {
  for (const each of game.coalitions()) {
    if (each === game.all || (each === 0n && only(each, inputs).ids.length === 0)) continue;
    yield each;
  }
}

/** The text with these units only. */
function only(
  coalition: Coalition,
  { units: { parts }, completion: [first], without }: CreditInputs,
): ReturnType<CreditInputs["without"]> {
  const bits = coalition.toString(2); // from the last player to the first, in linear time
  const gone = parts.filter((_, part) => bits[bits.length - 1 - part] !== "1");
  return without(gone.map(([start, end]) => [first + start, first + end]));
}
