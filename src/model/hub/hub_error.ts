/**
 * What can go wrong between Abacus and the hub, as errors of the closed set.
 *
 * @module
 */

import { AbacusError, messageOf } from "../../errors.ts";

/** The part of a pull that an error speaks of. */
export interface HubPlace {
  /** The repository, as `owner/name`. */
  readonly id: string;
  readonly hubUrl: string;
}

/**
 * The error for a status that trying again cannot mend. The hub tells reasons apart by a header: it
 * answers 401 for a repository that does not exist as well as for one that must not be seen.
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
      `Cannot pull as ${hubUrl} refuses access, or does not tell that there is no such model (a token may be given by --hub-token): ${received}`,
    );
  }
  if (response.status === 404) {
    return new AbacusError(
      "unknown_model",
      `Cannot pull as ${hubUrl} has no such model, revision or file: ${received}`,
    );
  }
  return failedPull(
    `${hubUrl} answers what Abacus does not understand`,
    `${response.status} for ${id}`,
  );
}

/** The error for a hub that asks to be left alone for now. */
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

/** Any other reason why a model could not be had: the network, the disk, damaged bytes. */
export function failedPull(reason: string, received: string, cause?: unknown): AbacusError {
  return new AbacusError("bad_model", `Cannot pull as ${reason}: received ${received}`, { cause });
}

/** The error of a pull that was stopped; what was downloaded is kept. */
export function stoppedPull(cause: unknown): AbacusError {
  return new AbacusError(
    "cancelled",
    `Cannot go on with the pull, which the next one will take up where it stopped: received ${
      messageOf(cause)
    }`,
    { cause },
  );
}
