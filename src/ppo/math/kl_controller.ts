/**
 * The coefficient of the KL penalty from step to step: it stays, or it steers the measured divergence
 * towards a target. The state is one number that goes in and comes out.
 *
 * @module
 */

/** Settings of the adaptive controller. */
export interface AdaptiveKl {
  /** The divergence aimed at, in nats per completion; above 0. */
  readonly target: number;
  /** Completions over which the coefficient may change by about a fifth; above 0. */
  readonly horizon: number;
}

/** Whether the coefficient stays as it is or adapts. */
export type KlControl = "fixed" | AdaptiveKl;

/** What one step of training showed. */
export interface ObservedKl {
  /** Nats per completion: the sum over its tokens, averaged over completions. May be negative. */
  readonly kl: number;
  /** Completions it was measured on. */
  readonly samples: number;
}

/** The relative error counts as at most this much, so that one odd batch cannot move far. */
const MOST_ERROR = 0.2;

/**
 * The coefficient for the next step. It rises where the divergence is above its target and falls where
 * it is below:
 *
 *     error       = clip((kl - target) / target, -0.2, 0.2)
 *     coefficient = coefficient * (1 + error * samples / horizon)
 *
 * Ziegler et al., "Fine-Tuning Language Models from Human Preferences" (arXiv 1909.08593), section 2.2.
 * Their text writes the gain as a constant, K_beta = 0.1; here, as in the program they published and in
 * those that followed it, it is `samples / horizon`, so that the speed does not depend on the batch.
 *
 * @throws {RangeError} unless target and horizon are above 0 and a step is shorter than 5 horizons, from
 * where on the coefficient could reach 0 or turn negative, and pay for what it should cost
 */
export function nextCoefficient(
  coefficient: number,
  { kl, samples }: ObservedKl,
  control: KlControl,
): number {
  if (control === "fixed") return coefficient;
  const { target, horizon } = control;
  const gain = samples / horizon;
  if (!(target > 0 && horizon > 0 && gain * MOST_ERROR < 1)) {
    const received = `target ${target}, horizon ${horizon}, ${samples} samples`;
    throw new RangeError(
      `Cannot adapt the KL coefficient as it may turn sign: received ${received}`,
    );
  }
  const error = Math.min(Math.max(kl / target - 1, -MOST_ERROR), MOST_ERROR);
  return coefficient * (1 + error * gain);
}
