/**
 * A loaded model: tokenizer, graph and session of one Hugging Face directory, ready to score.
 *
 * @module
 */

import type { Dimensions } from "../architectures/architecture.ts";
import type { Engine } from "../engine/engine.ts";
import type { Encoding } from "../text/encoding.ts";
import type { Sample, Truncation } from "../text/sample.ts";

/** Turns samples into encodings; stateless once loaded. */
export interface Encoder {
  /** Whether the model brings a chat template. */
  readonly chat: boolean;
  /**
   * Encodes many samples at once. A sample that cannot be encoded fails alone: its place holds the
   * error (`invalid_request` or `too_long`).
   */
  encode(samples: readonly Sample[], truncation: Truncation): Promise<(Encoding | Error)[]>;
}

/** Everything that scoring needs of one model. */
export interface LoadedModel extends AsyncDisposable {
  /** The name that requests use: the directory's last part unless set otherwise. */
  readonly name: string;
  readonly family: string;
  readonly architecture: string;
  readonly causal: boolean;
  readonly dimensions: Dimensions;
  readonly parameters: number;
  /** Element type of the stored weights. */
  readonly storedDtype: string;
  readonly encoder: Encoder;
  readonly engine: Engine;
  /** How the head's outputs become one score, e.g. `LABEL_1 - LABEL_0`. */
  readonly scoreRule: string;
  /** The scalar score of one row of logits. */
  score(logits: Float32Array): number;
}
