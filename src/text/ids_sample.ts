/**
 * Samples given as ids: taken as they are, with nothing added.
 *
 * A trainer's policy may emit ids that no text would ever be tokenised to; going through text would
 * lose them. Pure.
 *
 * @module
 */

import { AbacusError } from "../errors.ts";
import type { Draft } from "./draft.ts";
import type { Sample } from "./sample.ts";

/**
 * @param vocabulary how many ids the model has an embedding for
 * @throws {AbacusError} `invalid_request` for an id that is none, naming its place.
 */
export function draftOfIds(
  { promptIds, completionIds }: Extract<Sample, { kind: "ids" }>,
  vocabulary: number,
): Draft {
  checkIds(promptIds, { path: "prompt_ids", vocabulary });
  checkIds(completionIds, { path: "completion_ids", vocabulary });
  const ids = new Int32Array(promptIds.length + completionIds.length);
  ids.set(promptIds);
  ids.set(completionIds, promptIds.length);
  return {
    ids,
    head: 0,
    completion: [promptIds.length, ids.length],
    offsets: [],
    completionLength: 0,
  };
}

function checkIds(
  ids: readonly number[],
  { path, vocabulary }: { path: string; vocabulary: number },
): void {
  const at = ids.findIndex((id) => !Number.isInteger(id) || id < 0 || id >= vocabulary);
  if (at < 0) return;
  throw new AbacusError(
    "invalid_request",
    `Cannot encode as the model's token ids go from 0 to ${vocabulary - 1}: received ${ids[at]}`,
    { path: `${path}[${at}]` },
  );
}
