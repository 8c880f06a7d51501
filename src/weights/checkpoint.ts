/**
 * Checkpoint: what a Hugging Face directory stores, tensor by tensor, without reading the weights.
 *
 * @module
 */

/** Element types of safetensors that Abacus can compute with. */
export type StoredDtype = "float32" | "float16" | "bfloat16";

/** Where one tensor lies. */
export interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredDtype;
  readonly shape: readonly number[];
  /** Absolute path with every symbolic link resolved. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly length: number;
}

/**
 * Hands out tensors and remembers which were taken, so that a checkpoint with a missing, an unused
 * or a misshaped tensor does not load (law 5).
 */
export interface TensorLedger {
  /** @throws {AbacusError} `bad_model` where the tensor is missing or has another shape. */
  take(name: string, shape: readonly number[]): StoredTensor;
  /** Whether a tensor of this name is stored (for biases that a family may leave out). */
  has(name: string): boolean;
  /** @throws {AbacusError} `bad_model` naming tensors that nobody took. */
  settle(): void;
}
