/**
 * Engine: the contract between everything that plans and the one place that computes.
 *
 * Nothing here knows onnxruntime; the worker behind it does.
 *
 * @module
 */

import type { ComputeDtype, ModelDtype } from "../layers/stored_weights.ts";
import type { Device } from "./devices.ts";
import type { EngineState } from "./engine_state.ts";
import type { MeasurementName } from "./measurements/registry.ts";

export type { ComputeDtype, ModelDtype };

/** What a query may ask beyond the score: the head's outputs at rows, or a measurement. */
export type Question = "rows" | MeasurementName;

/** What is asked of the model for one sequence. */
export interface Query {
  /** The tokens of the sequence. */
  readonly ids: Int32Array;
  /** The type (segment) of each token. @default 0 for every token */
  readonly types?: Int32Array;
  /** Positions that the score is pooled from, ascending: one, those whose mean is taken, or steps' ends. */
  readonly pool: readonly number[];
  /** Positions at which the head is read as well, ascending. */
  readonly rows: readonly number[];
  /** What is measured of the sequence beyond the head's outputs. */
  readonly measure: readonly MeasurementName[];
  /** The tokens that a measurement along a path moves. @default all of them */
  readonly moved?: readonly [number, number];
}

/** What the model said of one sequence. */
export interface SequenceOutput {
  /** The head's raw outputs at the pooled state: one per label; of models that read steps, a row per step. */
  readonly logits: Float32Array;
  /** The head's raw outputs at the query's rows, row-major: `rows.length x labels`. */
  readonly rowLogits: Float32Array;
  /** Of each measurement that was asked for, one number per token of the sequence. */
  readonly measured: Readonly<Partial<Record<MeasurementName, Float32Array>>>;
}

/** The outputs of one batch, in the order of its queries, and what they cost. */
export interface BatchOutput {
  readonly outputs: readonly SequenceOutput[];
  /**
   * Tokens that went through the model: fewer than asked where prefixes were shared, and those of a
   * measurement with a pass of its own once more.
   */
  readonly computedTokens: number;
  readonly inferenceMs: number;
}

/** Where and how the model really runs. */
export interface EngineFacts {
  readonly device: Device;
  readonly dtype: ModelDtype;
  readonly threads: number;
  /** Where each replica runs, as in `cuda:1`. @default there is one, on the device */
  readonly replicas?: readonly string[];
  /** Share of the heavy nodes (matrix products and the like) that the device itself runs, 0 to 1. */
  readonly onDevice: number;
}

/**
 * Computes sequence outputs. One pass of the model runs at a time; a second call waits for the first,
 * and may come between its passes.
 */
export interface Engine extends AsyncDisposable {
  readonly facts: EngineFacts;
  /** How many batches it may be given at a time: those that run, and those that it prepares meanwhile. */
  readonly capacity: number;
  /**
   * How each of its replicas is; so many batches run at a time. @default one, which is ready for ever
   */
  readonly states?: readonly EngineState[];
  /**
   * @throws {AbacusError} `model_failure`, with `path` `[i]` naming the query whose numbers were not
   * finite, or one whose own pass failed; other failures carry no path. Where what computes has died,
   * a `RuntimeDied` is among the causes; the next call is made to another in its place.
   * @throws {AbacusError} `overloaded` where that cannot be started
   */
  run(queries: readonly Query[]): Promise<BatchOutput>;
}
