/**
 * When to stop waiting for a connection that has fallen silent.
 *
 * @module
 */

/** Silence after which a connection counts as dead. */
export const IDLE_MS = 60_000;

/** Thrown where a connection stayed silent for too long. */
export class Stalled extends Error {
  override readonly name = "Stalled";
}

/**
 * The result of `work`, unless it takes too long.
 *
 * @throws {Stalled} after `ms`; the work itself goes on and is for the caller to stop
 */
export async function within<Result>(work: Promise<Result>, ms: number): Promise<Result> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Stalled(`nothing arrived for ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
