/**
 * One batch through the engine. Every entry is settled at the end, also where the engine fails.
 *
 * @module
 */

import type { BatchOutput, Engine } from "../engine/engine.ts";
import { AbacusError, messageOf } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { BatchRecord, Entry } from "./entry.ts";

/** What running a batch takes. */
export interface RunOptions {
  readonly engine: Engine;
  /** The clock that entries read their arrival from. */
  readonly clock: Clock;
  /** Called after each batch that succeeded, once its entries are settled. */
  readonly onBatch: (batch: BatchRecord) => void;
}

/**
 * Runs `entries` as one batch and settles each. Never rejects.
 *
 * Where the engine blames one sequence, that entry alone fails and the others are run again, once
 * together and, if another is to blame then, one by one: innocent neighbours get their answer, and a
 * queue full of bad sequences costs three passes at most. Any other failure fails all of them.
 */
export async function runBatch(entries: readonly Entry[], options: RunOptions): Promise<void> {
  const others = await attempt(entries, options);
  for (const entry of await attempt(others, options)) await attempt([entry], options);
}

/** @returns entries that are still to be run, as the blame fell on another */
async function attempt(entries: readonly Entry[], options: RunOptions): Promise<readonly Entry[]> {
  if (entries.length === 0) return [];
  try {
    const result = await options.engine.run(entries.map((entry) => entry.query));
    answer(entries, result, options);
    return [];
  } catch (thrown) {
    const error = asModelFailure(thrown);
    const blamed = blamedIndex(error, entries.length);
    const failed = blamed === undefined ? entries : entries.slice(blamed, blamed + 1);
    // The path is a position in the batch, which means nothing to the caller of one sequence.
    for (const entry of failed) entry.settle(error.with({ path: undefined }));
    return blamed === undefined ? [] : entries.filter((_, i) => i !== blamed);
  }
}

function answer(
  entries: readonly Entry[],
  { outputs, computedTokens, inferenceMs }: BatchOutput,
  { clock, onBatch }: RunOptions,
): void {
  const sequences = entries.length;
  if (outputs.length !== sequences) {
    throw new AbacusError(
      "model_failure",
      `Cannot score as the engine must answer ${sequences} sequences: received ${outputs.length}`,
    );
  }
  const tokens = entries.reduce((total, entry) => total + entry.tokens, 0);
  const batch: BatchRecord = { sequences, tokens, computedTokens, inferenceMs };
  const beganMs = clock.nowMs() - inferenceMs;
  for (const [i, entry] of entries.entries()) {
    entry.settle({
      output: outputs[i]!,
      queueMs: Math.max(0, beganMs - entry.arrivedMs),
      batch,
    });
  }
  onBatch(batch);
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
    {
      cause: thrown,
    },
  );
}
