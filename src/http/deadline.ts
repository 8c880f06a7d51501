/**
 * The deadline of one request, which its caller may shorten.
 *
 * @module
 */

import { z } from "zod";
import { AbacusError } from "../errors.ts";

/** The header by which a caller says how long an answer is worth waiting for. */
export const DEADLINE_HEADER = "x-abacus-deadline-ms";

/** A day, as of `--deadline-ms`. */
const MOST_MS = 86_400_000;

/** The header, for the documentation. */
export const deadlineHeaders = z.object({
  [DEADLINE_HEADER]: z.int().min(1).max(MOST_MS).optional().meta({
    description:
      "Milliseconds that an answer is worth waiting for, within the server's own limit. What cannot " +
      "be answered in time is refused at once, and what was not is dropped.",
    examples: [30_000],
  }),
});

/**
 * Milliseconds that a request may take, 0 for any.
 *
 * @param limitMs the server's own deadline, which a caller can shorten and not extend; 0 for none
 * @throws {AbacusError} `invalid_request` for what is no whole number of milliseconds
 */
export function deadlineOf(headers: Headers, limitMs: number): number {
  const text = headers.get(DEADLINE_HEADER);
  if (text === null) return limitMs;
  const asked = /^\d{1,9}$/.test(text.trim()) ? Number(text) : NaN;
  if (!(asked >= 1 && asked <= MOST_MS)) {
    throw new AbacusError(
      "invalid_request",
      `Cannot answer as ${DEADLINE_HEADER} must be a whole number from 1 to ${MOST_MS}: ` +
        `received '${text}'`,
    );
  }
  return limitMs === 0 ? asked : Math.min(asked, limitMs);
}
