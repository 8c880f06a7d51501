/**
 * Endings: why a call ends before its answers are there.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** The caller left: the signal's own reason where that is an error of ours. */
export function cancellation(signal: AbortSignal | undefined): AbacusError {
  const reason: unknown = signal?.reason;
  if (reason instanceof AbacusError) return reason;
  return new AbacusError("cancelled", "Cannot score as the caller left", { cause: reason });
}

/** The call's time is over. */
export function lateness(): AbacusError {
  return new AbacusError("deadline_exceeded", "Cannot score as the deadline has passed");
}
