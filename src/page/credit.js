// @ts-check
/**
 * Rewards at another beta, without another request. Pure.
 *
 * In every method `rewards = beta * dense + (1 - beta) * score on the last token`, so all rewards follow
 * from the score and the rewards at beta 1. The page therefore requests beta 1.
 *
 * @module
 */

/**
 * @param {{ score: number, rewards: readonly number[] }} dense at beta 1
 * @param {number} beta
 * @returns {number[]} one reward per token
 */
export function rewardsAt({ score, rewards }, beta) {
  const last = rewards.length - 1;
  return rewards.map((reward, token) => beta * reward + (token === last ? (1 - beta) * score : 0));
}

/**
 * The part of the score that belongs to no token: all of it where there are no tokens, for any beta.
 *
 * @param {{ rewards: readonly number[], offset?: number | undefined }} dense at beta 1
 * @param {number} beta
 * @returns {number}
 */
export function offsetAt({ rewards, offset = 0 }, beta) {
  return rewards.length === 0 ? offset : beta * offset;
}

/**
 * The reply that the server would send for this beta.
 *
 * @template {{ score: number, rewards: readonly number[], offset?: number | undefined }} Completion
 * @param {Completion} dense at beta 1
 * @param {number} beta
 * @returns {Completion}
 */
export function completionAt(dense, beta) {
  const offset = dense.offset === undefined ? {} : { offset: offsetAt(dense, beta) };
  return { ...dense, rewards: rewardsAt(dense, beta), ...offset };
}
