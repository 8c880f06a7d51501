// @ts-check
/**
 * Rewards at another beta, without asking the server again. Pure; knows no page.
 *
 * Every method mixes the same way (design: `rewards = beta * dense + (1 - beta) * score on the last
 * token`), so the rewards at beta 1 and the score say everything. The page therefore asks for beta 1.
 *
 * @module
 */

/**
 * @param {{ score: number, rewards: readonly number[] }} dense as answered for beta 1
 * @param {number} beta
 * @returns {number[]} one reward per token
 */
export function rewardsAt({ score, rewards }, beta) {
  const last = rewards.length - 1;
  return rewards.map((reward, token) => beta * reward + (token === last ? (1 - beta) * score : 0));
}

/**
 * The part of the score that belongs to no token. Where there are no tokens that is all of it,
 * whatever beta is.
 *
 * @param {{ rewards: readonly number[], offset?: number | undefined }} dense as answered for beta 1
 * @param {number} beta
 * @returns {number}
 */
export function offsetAt({ rewards, offset = 0 }, beta) {
  return rewards.length === 0 ? offset : beta * offset;
}

/**
 * The answer that the server would give for this beta.
 *
 * @template {{ score: number, rewards: readonly number[], offset?: number | undefined }} Completion
 * @param {Completion} dense as answered for beta 1
 * @param {number} beta
 * @returns {Completion}
 */
export function completionAt(dense, beta) {
  const offset = dense.offset === undefined ? {} : { offset: offsetAt(dense, beta) };
  return { ...dense, rewards: rewardsAt(dense, beta), ...offset };
}
