/**
 * Chosen model: which of the models that a server serves gives the rewards.
 *
 * @module
 */

import type { ModelFacts } from "../../client/mod.ts";
import { AbacusError } from "../../errors.ts";

/** A server and what was asked of it. */
export interface ModelChoice {
  /** Of the server, for messages. */
  readonly url: string;
  /** What the user named. @default the only model that there is */
  readonly name?: string | undefined;
}

/**
 * The model of this name, or the only one.
 *
 * @throws {AbacusError} `bad_usage` where there is no model of the name, or none is named of several;
 * `training_failed` where there is no model at all
 */
export function chosenModel(
  models: readonly ModelFacts[],
  { url, name }: ModelChoice,
): ModelFacts {
  const [first] = models;
  if (first === undefined) {
    const message =
      `Cannot get rewards as ${url} serves no model: received an empty list of models`;
    throw new AbacusError("training_failed", message);
  }
  const names = models.map(({ id }) => `'${id}'`).join(", ");
  if (name === undefined) {
    if (models.length === 1) return first;
    throw bad(`${url} serves several models, and --reward-model names none of them`, names);
  }
  const found = models.find(({ id }) => id === name);
  if (found !== undefined) return found;
  throw bad(`${url} serves ${names}, and --reward-model names another one`, `'${name}'`);
}

function bad(reason: string, received: string): AbacusError {
  return new AbacusError("bad_usage", `Cannot train as ${reason}: received ${received}`);
}
