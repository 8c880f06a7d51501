/**
 * SampleTokenizer: the contract between callers, who have samples, and a model's tokenizer.
 *
 * @module
 */

import type { Encoding } from "./encoding.ts";
import type { Sample, Truncation } from "./sample.ts";

/** Turns samples into encodings; stateless once loaded. */
export interface SampleTokenizer {
  /** Whether the model brings a chat template. */
  readonly chat: boolean;
  /**
   * Encodes many samples at once. A sample that cannot be encoded fails alone: its place holds the
   * error (`invalid_request` or `too_long`). The error's path is relative to the sample: `prompt`,
   * `completion`, `messages[2].content`, `prompt_ids[7]` or `completion_ids[7]`; absent where no one
   * part is to blame.
   */
  encode(samples: readonly Sample[], truncation: Truncation): Promise<(Encoding | Error)[]>;
  /** The text of each list of ids; special tokens write nothing. */
  decode(lists: readonly Int32Array[]): Promise<readonly string[]>;
}
