/**
 * The body of every answer that is an error.
 *
 * @module
 */

import { z } from "zod";
import type { ErrorKind } from "../errors.ts";

/** The kinds of failure that cross the network. */
export const wireErrorKinds = [
  "invalid_request",
  "unauthorized",
  "unknown_model",
  "unknown_route",
  "unsupported_media_type",
  "too_large",
  "too_long",
  "overloaded",
  "deadline_exceeded",
  "cancelled",
  "model_failure",
] as const satisfies readonly ErrorKind[];

/** A kind of failure that crosses the network. */
export type WireErrorKind = typeof wireErrorKinds[number];

/** The body of an error. */
export function errorBodySchema() {
  return z.object({
    error: z.object({
      kind: z.enum(wireErrorKinds),
      message: z.string().meta({
        description: "What could not be done, why, and what was received.",
      }),
      path: z.string().optional().meta({
        description: "Where in the request, as in items[0].completions[2].",
      }),
      request_id: z.string(),
    }),
  }).meta({
    id: "ErrorBody",
    description: "A failure: its kind decides the status.",
    examples: [{
      error: {
        kind: "invalid_request",
        message: "Cannot read the request as credit.beta must be at most 1: received 3",
        path: "credit.beta",
        request_id: "4b1f5d0c",
      },
    }],
  });
}

/** The body of an error. */
export type ErrorBody = z.output<ReturnType<typeof errorBodySchema>>;
