/**
 * FailureCase: a case within a kind of failure that some peers tell from the others of its kind, by a status
 * of its own.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";

/** `unready`: `overloaded` is said of the server's state, as it loads or drains. `empty`: nothing was asked for. */
export type FailureCase = "unready" | "empty";

/** A request that is right but for asking nothing. */
export class EmptyRequest extends AbacusError {
  /** @param path the list without members */
  constructor(path: string) {
    const message = `Cannot score as ${path} must not be empty: received []`;
    super("invalid_request", message, { path });
  }
}

/** The case that an error is, if any. */
export function caseOf(error: AbacusError): FailureCase | undefined {
  if (error instanceof EmptyRequest) return "empty";
  return error.kind === "overloaded" && !error.tooMany ? "unready" : undefined;
}
