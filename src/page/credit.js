// @ts-check
/**
 * Rewards at another beta, without another request. Pure.
 *
 * In every method `rewards = beta * dense + (1 - beta) * score on the last token`, so all rewards follow
 * from the score and the rewards at beta 1. The page therefore requests beta 1. Some methods know no beta.
 *
 * @module
 */

/** Methods whose rewards are the same at every beta. */
export const fixedMethods = new Set(["steps", "terminal"]);

/**
 * The completions of a reply, those of a method that knows no beta marked.
 *
 * @template {object} Completion
 * @param {{ credit: { method: string }, items: readonly { completions: readonly Completion[] }[] }} reply
 * @returns {(Completion & { isFixed: boolean })[]}
 */
export function answersOf({ credit, items }) {
  const isFixed = fixedMethods.has(credit.method);
  return (items[0]?.completions ?? []).map((completion) => ({ ...completion, isFixed }));
}

/**
 * @param {{ score: number, rewards: readonly number[], isFixed?: boolean }} dense at beta 1
 * @param {number} beta
 * @returns {number[]} one reward per token
 */
export function rewardsAt({ score, rewards, isFixed = false }, beta) {
  if (isFixed) return [...rewards];
  const last = rewards.length - 1;
  return rewards.map((reward, token) => beta * reward + (token === last ? (1 - beta) * score : 0));
}

/**
 * The part of the score that belongs to no token: all of it where there are no tokens, for any beta.
 *
 * @param {{ rewards: readonly number[], offset?: number | undefined, isFixed?: boolean }} dense at beta 1
 * @param {number} beta
 * @returns {number}
 */
export function offsetAt({ rewards, offset = 0, isFixed = false }, beta) {
  return rewards.length === 0 || isFixed ? offset : beta * offset;
}

/**
 * The reply that the server would send for this beta.
 *
 * @template {{ score: number, rewards: readonly number[], offset?: number | undefined, residual?: number | undefined, units?: readonly { tokens: readonly number[], reward: number }[] | undefined }} Completion
 * @param {Completion & { isFixed?: boolean }} answer at beta 1
 * @param {number} beta
 */
export function completionAt(answer, beta) {
  const { isFixed: _, ...dense } = answer;
  const offset = dense.offset === undefined ? {} : { offset: offsetAt(answer, beta) };
  const residual = dense.residual === undefined ? {} : { residual: 0 + beta * dense.residual };
  const rewards = rewardsAt(answer, beta);
  const units = dense.units?.map((unit) => ({
    ...unit,
    reward: rewards.slice(...unit.tokens).reduce((sum, reward) => sum + reward, 0),
  }));
  return { ...dense, rewards, ...offset, ...residual, ...(units === undefined ? {} : { units }) };
}
