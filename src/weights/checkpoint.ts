/**
 * Checkpoint: the tensors of a Hugging Face directory, listed without reading the weights.
 *
 * The contract, which `open.ts` implements. Knows no model and no graph.
 *
 * @module
 */

import type { LinearWeight, QuantizedWeight } from "./quantized_weight.ts";

/** Element types of safetensors that Abacus can compute with. */
export type StoredDtype = "float64" | "float32" | "float16" | "bfloat16";

/** Every element type of safetensors. */
export type ListedDtype =
  | StoredDtype
  | "float8_e4m3"
  | "float8_e4m3fnuz"
  | "float8_e5m2"
  | "float8_e5m2fnuz"
  | "float8_e8m0"
  | "float6_e2m3"
  | "float6_e3m2"
  | "float4"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "complex64"
  | "bool";

/** A tensor of a checkpoint, of any element type. */
export interface ListedTensor {
  readonly name: string;
  readonly dtype: ListedDtype;
  readonly shape: readonly number[];
  /** Absolute path with every symbolic link resolved. */
  readonly file: string;
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** A tensor that Abacus can compute with. */
export interface StoredTensor extends ListedTensor {
  readonly dtype: StoredDtype;
}

/** The tensors of one directory. */
export interface Checkpoint {
  /** The file that lists them: the only file of weights, or the index of the shards. */
  readonly source: string;
  readonly tensors: ReadonlyMap<string, ListedTensor>;
  /** Bytes of all tensors together. */
  readonly bytes: number;
  /** The number of stored numbers by element type, the most frequent type first. */
  readonly parameters: ReadonlyMap<ListedDtype, number>;
  /**
   * Reads one tensor as float32, for tests and tools. The engine reads weights in place.
   *
   * @throws {AbacusError} `bad_model` where the tensor is missing or of another element type than
   * float64, float32, float16 and bfloat16
   */
  read(name: string): Promise<Float32Array>;
}

/**
 * What an adapter adds to the product with a stored weight: `scale * (x @ down.T @ up.T + bias)` (LoRA, arXiv
 * 2106.09685, equation 3).
 */
export interface LowRankUpdate {
  /** `[rank, inputs]` */
  readonly down: StoredTensor;
  /** `[outputs, rank]` */
  readonly up: StoredTensor;
  /** `[outputs]` */
  readonly bias?: StoredTensor;
  readonly scale: number;
}

/** The extents of a linear layer, or of a table, whose inputs are its rows. */
export interface UpdateShape {
  readonly kind: "linear" | "table";
  readonly inputs: number;
  readonly outputs: number;
}

/**
 * Gives tensors to a model and records which were taken, so that a checkpoint with a missing, an unused
 * or a misshapen tensor does not load (law 5).
 */
export interface TensorLedger {
  /**
   * @throws {AbacusError} `bad_model` where the tensor is missing, has another shape or another
   * element type than float64, float32, float16 and bfloat16
   */
  take(name: string, shape: readonly number[]): StoredTensor;
  /** Whether a tensor of this name is stored, for biases that not every model has. */
  has(name: string): boolean;
  /**
   * What an adapter adds to the linear layer or the table of that name. @default nothing, there is no adapter
   *
   * @throws {AbacusError} `bad_model` where its tensors are missing or misshaped
   */
  update?(name: string, shape: UpdateShape): LowRankUpdate | undefined;
  /**
   * What takes the place of the weight of the linear layer of that name. @default nothing, it is multiplied with
   * as it is stored
   */
  quantized?(name: string, weight: LinearWeight): QuantizedWeight | undefined;
  /**
   * Whether such a layer is computed both ways and an input of the graph decides, to measure what each of them
   * loses. @default false
   */
  readonly switched?: boolean;
  /**
   * Allows matching tensors to stay unused: buffers that old checkpoints store with their weights, such
   * as a causal mask. `reason` says why the model does not need them.
   */
  ignore(pattern: RegExp, reason: string): void;
  /** @throws {AbacusError} `bad_model` naming the tensors that were neither taken nor ignored */
  settle(): void;
}
