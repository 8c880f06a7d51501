/**
 * The errors of a pull.
 *
 * @module
 */

import { AbacusError, messageOf } from "../../errors.ts";

/** The repository and the hub that an error names. */
export interface HubPlace {
  /** The repository, as `owner/name`. */
  readonly id: string;
  readonly hubUrl: string;
}

/**
 * The error for a status that another attempt would not change. The hub gives the reason in a header:
 * its status is 401 for a repository that does not exist and for a private one alike.
 */
export function refusal(response: Response, { id, hubUrl }: HubPlace): AbacusError {
  const code = response.headers.get("X-Error-Code");
  const received = `received ${response.status}${code === null ? "" : ` ${code}`} for ${id}`;
  if (code === "RepoNotFound" || code === "RepositoryNotFound") {
    return new AbacusError(
      "unknown_model",
      `Cannot pull as ${hubUrl} has no such model, or a private one that needs a token (--hub-token): ${received}`,
    );
  }
  if (code === "RevisionNotFound") {
    return new AbacusError(
      "unknown_model",
      `Cannot pull as the model has no such revision: ${received}`,
    );
  }
  if (code === "GatedRepo") {
    return new AbacusError(
      "unauthorized",
      `Cannot pull as the model is gated: accept its terms at ${hubUrl}/${id} and give a token (--hub-token): ${received}`,
    );
  }
  if (response.status === 401 || response.status === 403) {
    return new AbacusError(
      "unauthorized",
      `Cannot pull as ${hubUrl} refuses access, or has no such model (a private one needs a token, --hub-token): ${received}`,
    );
  }
  if (response.status === 404) {
    return new AbacusError(
      "unknown_model",
      `Cannot pull as ${hubUrl} has no such model, revision or file: ${received}`,
    );
  }
  return failedPull(
    `${hubUrl} answers with an unknown status`,
    `${response.status} for ${id}`,
  );
}

/** The error for a hub that is too busy. */
export function busyHub(
  response: Response,
  { hubUrl }: HubPlace,
  retryAfterS?: number,
): AbacusError {
  const later = retryAfterS === undefined ? "later" : `in ${Math.ceil(retryAfterS)} s`;
  return new AbacusError(
    "overloaded",
    `Cannot pull as ${hubUrl} is too busy; try again ${later}: received ${response.status}`,
    { retryAfterS },
  );
}

/** The error for any other reason: the network, the disk, damaged bytes. */
export function failedPull(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_model", `Cannot pull as ${reason}: received ${received}`, { cause });
}

/** The error of a pull that was stopped. What was downloaded stays for the next pull. */
export function stoppedPull(cause: unknown): AbacusError {
  return new AbacusError(
    "cancelled",
    `Cannot finish the pull as it was stopped (the next one resumes it): received ${
      messageOf(cause)
    }`,
    { cause },
  );
}
