/**
 * Where the states that a head reads stand, by the rules of the code that the models were trained with.
 *
 * @module
 */

import type { Pooling } from "../../text/pooling.ts";
import type { ClassifierConfig } from "../configuration.ts";

/** What the place is found by. */
export interface PlaceSource {
  readonly config: Pick<ClassifierConfig, "pad_token_id">;
}

/** The last token that is no padding; without a `pad_token_id` transformers takes no token for it. */
export function lastNotPadding({ config: { pad_token_id: padding } }: PlaceSource): Pooling {
  return padding === undefined || padding === null ? "last" : { lastNot: padding };
}

/**
 * The token before the first `pad_token_id`, as the classifiers of transformers 4 read, and code that was
 * written after them still does.
 */
export function beforePadding({ config: { pad_token_id: padding } }: PlaceSource): Pooling {
  return padding === undefined || padding === null ? "last" : { beforeFirst: padding };
}

/** The last token that the attention mask keeps, which keeps all of a text, whatever tokens it holds. */
export function lastToken(): Pooling {
  return "last";
}
