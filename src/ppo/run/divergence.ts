/**
 * Divergence guard: notices when a policy has left its reference so far that it no longer writes language,
 * as with a learning rate that is too high.
 *
 * @module
 */

import { AbacusError } from "../../errors.ts";
import type { MetricsLine } from "./metrics.ts";

/** When a run counts as diverged, and what happens then. */
export interface DivergenceGuard {
  /** KL from the reference, mean over tokens, in nats; Infinity for no limit. */
  readonly limit: number;
  readonly action: "warn" | "stop";
  /** Called with a message at the first step beyond the limit. */
  readonly warn: (message: string) => void;
}

/**
 * A check of every step's metrics. A KL that is not a number is beyond every limit.
 *
 * @returns a function that throws {@linkcode AbacusError} `training_failed` where the run is to stop; the
 * step is then not in any checkpoint
 */
export function divergenceGuard(guard: DivergenceGuard): (line: MetricsLine) => void {
  const { limit, action, warn } = guard;
  let isKnown = false;
  return ({ step, kl_per_token: kl }) => {
    if (limit === Infinity || kl <= limit) return;
    const found = `a KL of ${kl.toFixed(2)} nats per token from the reference at step ${step}`;
    if (action === "stop") {
      throw new AbacusError(
        "training_failed",
        `Cannot continue as the policy has diverged (a lower --learning-rate or a higher ` +
          `--kl-coefficient may help): received ${found}, above --diverged-kl ${limit}`,
      );
    }
    if (!isKnown) warn(`the policy has diverged: ${found}, above --diverged-kl ${limit}`);
    isKnown = true;
  };
}
