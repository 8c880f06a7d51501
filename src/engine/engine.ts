/**
 * Engine: the contract between everything that plans and the one place that computes.
 *
 * Nothing here knows onnxruntime; the worker behind it does.
 *
 * @module
 */

/** What is asked of the model for one sequence. */
export interface Query {
  /** The tokens of the sequence. */
  readonly ids: Int32Array;
  /** Positions at which the head is read, ascending; the last one is the pooled position. */
  readonly rows: readonly number[];
  /** Whether the attention of the pooled position is wanted. */
  readonly attention: boolean;
  /**
   * Whether the score's gradient by each token's embedding, times that embedding, is wanted. The score
   * is the one that the engine was opened for.
   *
   * @default false
   */
  readonly attribution?: boolean;
}

/** What the model said of one sequence. */
export interface SequenceOutput {
  /** The head's raw outputs, row-major: `rows.length x labels`. */
  readonly logits: Float32Array;
  /**
   * Last layer's attention of the pooled position, averaged over heads: one weight per token of the
   * sequence, adding up to 1. Absent unless asked for.
   */
  readonly attention?: Float32Array;
  /**
   * Gradient times embedding, one number per token of the sequence: what the score would lose, to
   * first order, were the token's embedding 0. Absent unless asked for.
   */
  readonly attribution?: Float32Array;
}

/** The outputs of one batch, in the order of its queries, and what they cost. */
export interface BatchOutput {
  readonly outputs: readonly SequenceOutput[];
  /**
   * Tokens that went through the model: fewer than asked where prefixes were shared, and those of an
   * attribution once more.
   */
  readonly computedTokens: number;
  readonly inferenceMs: number;
}

/** Where and how the model really runs. */
export interface EngineFacts {
  readonly device: "cpu" | "webgpu" | "cuda";
  readonly dtype: "float32";
  readonly threads: number;
  /** Share of the heavy nodes (matrix products and the like) that the device itself runs, 0 to 1. */
  readonly onDevice: number;
}

/**
 * Computes sequence outputs. One pass of the model runs at a time; a second call waits for the first, and may come
 * between its scores and its attributions.
 */
export interface Engine extends AsyncDisposable {
  readonly facts: EngineFacts;
  /**
   * @throws {AbacusError} `model_failure`, with `path` `[i]` naming the query whose numbers were not
   * finite, or one whose attribution could not be computed; other failures carry no path.
   */
  run(queries: readonly Query[]): Promise<BatchOutput>;
}
