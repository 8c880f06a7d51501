/**
 * SampleTokenizer: the contract of a model's tokenizer for samples.
 *
 * @module
 */

import type { Encoding } from "./encoding.ts";
import type { Close, Sample, Truncation } from "./sample.ts";

/** Encodes samples; stateless once loaded. */
export interface SampleTokenizer {
  /** Whether conversations can be encoded: there is a chat template that can be read. */
  readonly chat: boolean;
  /** What texts are closed with unless a call says otherwise. */
  readonly close: Close;
  /** What a call may ask texts to be closed with: those that the model has a token for, and `none`. */
  readonly closes: readonly Close[];
  /** Of the tokenizer (`tokenizer_digest.ts`). @default it is not known */
  readonly digest?: string | undefined;
  /** What an operator should know of the tokenizer, in words; undefined for nothing. */
  readonly warning?: string | undefined;
  /**
   * Encodes many samples at once. A sample that cannot be encoded has its error as the result
   * (`invalid_request` or `too_long`). The error's path is relative to the sample: `prompt`,
   * `completion`, `messages[2].content`, `prompt_ids[7]` or `completion_ids[7]`, or absent where the
   * sample as a whole is wrong.
   *
   * @param close what texts are closed with. @default the tokenizer's `close`
   * @throws {AbacusError} `invalid_request` with the path `close` where the model has no token for it
   */
  encode(
    samples: readonly Sample[],
    truncation: Truncation,
    close?: Close,
  ): Promise<(Encoding | Error)[]>;
  /** The token of an id; undefined where there is none. */
  tokenOf(id: number): string | undefined;
  /** The text of each list of ids; special tokens write nothing. */
  decode(lists: readonly Int32Array[]): Promise<readonly string[]>;
}
