/**
 * Fault: what a failed run of a batch means for its sequences.
 *
 * @module
 */

import { isOutOfMemory } from "../engine/out_of_memory.ts";
import { RuntimeDied } from "../engine/port.ts";
import { AbacusError, messageOf } from "../errors.ts";

/**
 * Kinds of faults, as metrics count them:
 * - `died`: what computes ended while it ran the batch
 * - `interrupted`: it ended while it ran another; this one only waited behind it
 * - `out_of_memory`: an allocation failed
 * - `blamed`: one sequence is to blame, as its numbers were not finite or its own pass failed
 * - `failed`: anything else, as an error of onnxruntime over one of the texts
 */
export type FaultKind = "died" | "interrupted" | "out_of_memory" | "blamed" | "failed";

/** One failed run. */
export interface Fault {
  readonly kind: FaultKind;
  readonly error: AbacusError;
  /** Of `blamed`: the position of the sequence in the batch. */
  readonly index?: number;
}

/** Reads what an engine threw at a batch of so many sequences. */
export function faultOf(thrown: unknown, sequences: number): Fault {
  const error = asModelFailure(thrown);
  const death = deathIn(thrown);
  if (death !== undefined) return { kind: death.underWay ? "died" : "interrupted", error };
  if (isOutOfMemory(error)) return { kind: "out_of_memory", error };
  const index = blamedIndex(error, sequences);
  return index === undefined ? { kind: "failed", error } : { kind: "blamed", error, index };
}

/** A death is told by the runtime, and passes wrap it. */
function deathIn(thrown: unknown): RuntimeDied | undefined {
  if (thrown instanceof RuntimeDied) return thrown;
  return thrown instanceof Error ? deathIn(thrown.cause) : undefined;
}

/** The engine names a sequence whose numbers are not finite by the path `[i]`. */
function blamedIndex({ kind, path }: AbacusError, sequences: number): number | undefined {
  const index = Number(/^\[(\d+)\]$/.exec(path ?? "")?.[1] ?? NaN);
  return kind === "model_failure" && index < sequences ? index : undefined;
}

function asModelFailure(thrown: unknown): AbacusError {
  if (thrown instanceof AbacusError) return thrown;
  return new AbacusError(
    "model_failure",
    `Cannot score as the engine failed: received ${messageOf(thrown)}`,
    { cause: thrown },
  );
}
