/**
 * RED: reward redistribution by reading the head at every prefix.
 *
 * @module
 */

import type { CreditInputs, CreditMethod } from "./method.ts";
import { ownAnswer, scoreOf } from "./queries.ts";
import { payNobody } from "./shares.ts";

/**
 * A unit is worth what it changes: the score read at its end minus the score read at its start, for tokens
 *
 *     reward[t] = beta * (R(x, y[1..t]) - R(x, y[1..t-1])) + [t is the last] * (1 - beta) * R(x, y)
 *
 * Li et al., "RED: Unleashing Token-Level Rewards from Holistic Feedback via Reward Redistribution"
 * (EMNLP 2025, arXiv 2411.08302), with their beta_c as beta. The differences telescope to
 * `R(x, y) - R(x)`, not to the score: the prompt's own part is returned as the offset,
 * `beta * R(x)`, so that `sum(rewards) + offset` is the score. Closing tokens of a template may move
 * the score once more after the last token; that jump is the last token's. A unit is read once, at its last
 * token.
 *
 * Paid at the end of each unit, beta times the score of the prefix is a true potential in the sense of Ng, Harada and Russell
 * ("Policy invariance under reward transformations", ICML 1999, Theorem 1), so with gamma 1 the
 * optimal policy stays what it is. Rewards have signs. Causal families only: elsewhere the score
 * read at a token has seen what follows it.
 */
export const red: CreditMethod = {
  name: "red",
  summary: "how much each unit changes the score read so far; signed, and a true potential",
  source: "Li et al., RED, EMNLP 2025, arXiv 2411.08302",
  signed: true,
  causalOnly: true,
  asks: ["rows"],
  task: "sequence",
  plan: (inputs) => [scoreOf(inputs, { rows: prefixRows(inputs) })],
  assign(answers, { inputs, beta }) {
    const { score, rowScores } = ownAnswer(answers);
    const { completion: [start], units } = inputs;
    if (units.count === 0) return payNobody(score);
    if (rowScores.length !== prefixRows(inputs).length) {
      throw new TypeError("Cannot assign red credit without the score of each prefix");
    }
    const before = start > 0 ? rowScores : [0, ...rowScores];
    const prefixScores = start > 0 ? rowScores.slice(1) : rowScores;
    const changes = prefixScores.map((after, part) => beta * (after - before[part]!));
    const closingJump = score - before[prefixScores.length]!;
    return {
      earned: units.project(changes, 0),
      rest: beta * closingJump + (1 - beta) * score,
      offset: beta * before[0]!,
    };
  },
};

/** The prompt's last token where there is one, and the last token of every part. */
function prefixRows({ completion: [start], units }: CreditInputs): number[] {
  const ends = units.parts.map(([, end]) => start + end - 1);
  return start > 0 ? [start - 1, ...ends] : ends;
}
