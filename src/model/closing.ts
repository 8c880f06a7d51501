/**
 * What a model's texts are closed with unless a request says otherwise: the setting `--append-eos`, and
 * what models need that read their score at a token of its own.
 *
 * @module
 */

import type { Architecture } from "../architectures/architecture.ts";
import { AbacusError } from "../errors.ts";
import type { Close } from "../text/sample.ts";

/**
 * @param appendEos whether the user asks for the end-of-sequence token
 * @throws {AbacusError} `bad_usage` where the model's texts end in another token
 */
export function closeOf(
  { name, rewardToken }: Pick<Architecture, "name" | "rewardToken">,
  appendEos = false,
): Close {
  if (rewardToken === undefined) return appendEos ? "eos" : "none";
  if (!appendEos) return "reward";
  throw new AbacusError(
    "bad_usage",
    `Cannot close texts with the end-of-sequence token as ${name} reads its score at the token ` +
      `${rewardToken}, with which all texts are closed: received --append-eos`,
  );
}
