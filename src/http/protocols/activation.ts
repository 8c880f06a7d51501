/**
 * Activation: what some servers make of a score unless they are told not to. Here scores are raw unless a
 * request asks for it by name, and then token rewards still add up to the raw score.
 *
 * @module
 */

/**
 * A score as a probability: the sigmoid, which of the difference of two labels is the softmax of the second.
 */
export function probabilityOf(score: number): number {
  return 1 / (1 + Math.exp(-score));
}

/** The score, activated where that was asked for. */
export function activated(score: number, wanted: boolean): number {
  return wanted ? probabilityOf(score) : score;
}
