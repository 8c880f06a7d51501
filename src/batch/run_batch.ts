/**
 * One batch through the engine. Every entry is settled at the end, also where the engine fails: with an error
 * where it is to blame, and with its answer where another was.
 *
 * @module
 */

import type { BatchOutput, Engine } from "../engine/engine.ts";
import { AbacusError } from "../errors.ts";
import type { Clock } from "./clock.ts";
import type { BatchRecord, Entry } from "./entry.ts";
import { type Fault, type FaultKind, faultOf } from "./fault.ts";

/** What running a batch takes. */
export interface RunOptions {
  readonly engine: Engine;
  /** The clock that entries read their arrival from. */
  readonly clock: Clock;
  /** Called after each batch that succeeded, once its entries are settled. */
  readonly onBatch: (batch: BatchRecord) => void;
  /** Called after each run that failed. */
  readonly onFault?: (kind: FaultKind) => void;
}

/**
 * How often a batch may meet with each fault; whatever part of it does so once more fails. The search for one sequence among 512 that
 * kills the engine takes 12 deaths: two of the whole, one of each half, and two of the sequence alone.
 */
const mostFaults: Readonly<Partial<Record<FaultKind, number>>> = {
  died: 64,
  interrupted: 256,
  failed: 64, // as much computing as some six runs of the batch, where every run fails
};

/** Entries of a batch that are run together, and what happened when they, or more, were run before. */
interface Part {
  readonly entries: readonly Entry[];
  /** Runs that failed as the engine died or had not enough memory. */
  readonly losses: number;
  /** Runs in which one was blamed who is no longer among them. */
  readonly blames: number;
}

/** What becomes of a part whose run failed. */
interface Sequel {
  /** Runs that are still to be made. */
  readonly parts: readonly Part[];
  /** Entries that get the error. */
  readonly failed: readonly Entry[];
  /** @default the engine's own error */
  readonly why?: string;
}

/**
 * Runs `entries` as one batch and settles each. Never rejects.
 *
 * - Where the engine blames one sequence, that entry alone fails and the others are run again, once together
 *   and, if another is to blame then, one by one: a queue full of bad sequences costs three passes at most.
 * - Where it dies, the batch is run once more, then in halves, until one sequence has killed it twice by
 *   itself: that one fails. A batch that only waited behind another is run again.
 * - Where memory does not suffice, the batch is run in halves; a sequence that does not fit alone fails.
 * - Where the model fails otherwise, the batch is run in halves, until those sequences fail alone that it fails of.
 * - An engine that cannot be asked now fails all of them.
 */
export async function runBatch(entries: readonly Entry[], options: RunOptions): Promise<void> {
  // First in, first out: after a half has died the other one comes next, which shows that the engine lives.
  const parts: Part[] = [{ entries, losses: 0, blames: 0 }];
  const met = { died: 0, interrupted: 0, out_of_memory: 0, blamed: 0, failed: 0 };
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const open = { ...part, entries: part.entries.filter((entry) => !entry.settled) };
    const fault = await attempt(open.entries, options);
    if (fault === undefined) continue;
    options.onFault?.(fault.kind);
    const tooMany = ++met[fault.kind] > (mostFaults[fault.kind] ?? Infinity);
    const sequel = tooMany ? givenUp(open) : sequels[fault.kind](open, fault);
    settle(sequel, fault.error);
    parts.push(...sequel.parts);
  }
}

function givenUp({ entries }: Part): Sequel {
  return { parts: [], failed: entries, why: "the engine failed too often over its batch" };
}

/** What follows from each kind of fault. */
const sequels: Readonly<Record<FaultKind, (part: Part, fault: Fault) => Sequel>> = {
  died: (part) => part.losses === 0 ? again(part) : halved(part, "the engine died of it twice"),
  interrupted: (part) => ({ parts: [part], failed: [] }),
  out_of_memory: (part) =>
    part.losses === 0 && part.entries.length === 1
      ? again(part)
      : halved(part, "memory does not suffice for it alone"),
  blamed: ({ entries, losses, blames }, { index }) => {
    const others = entries.filter((_, i) => i !== index);
    const groups = blames === 0 ? [others] : others.map((entry) => [entry]);
    const parts = groups.map((entries) => ({ entries, losses, blames: blames + 1 }));
    return { parts, failed: entries.filter((_, i) => i === index) };
  },
  failed: ({ entries, ...rest }, { error: { kind } }) =>
    kind !== "model_failure" || entries.length === 1
      ? { parts: [], failed: entries }
      : { parts: halvesOf(entries).map((half) => ({ entries: half, ...rest })), failed: [] },
};

function again({ losses, ...part }: Part): Sequel {
  return { parts: [{ ...part, losses: losses + 1 }], failed: [] };
}

/** Halves are not run twice before they are cut again, but a single sequence is. */
function halved({ entries, blames }: Part, why: string): Sequel {
  if (entries.length === 1) return { parts: [], failed: entries, why };
  const parts = halvesOf(entries).map((half): Part => ({
    entries: half,
    losses: half.length === 1 ? 0 : 1,
    blames,
  }));
  return { parts, failed: [] };
}

function halvesOf(entries: readonly Entry[]): (readonly Entry[])[] {
  const middle = Math.ceil(entries.length / 2);
  return [entries.slice(0, middle), entries.slice(middle)];
}

function settle({ failed, why }: Sequel, error: AbacusError): void {
  // The path is a position in the batch, which means nothing to the caller of one sequence.
  const told = why === undefined ? error.with({ path: undefined }) : new AbacusError(
    "model_failure",
    `Cannot score as ${why}: received ${error.message}`,
    { cause: error },
  );
  for (const entry of failed) entry.settle(told);
}

/** @returns what went wrong; undefined where every entry has its answer */
async function attempt(
  entries: readonly Entry[],
  options: RunOptions,
): Promise<Fault | undefined> {
  if (entries.length === 0) return undefined;
  try {
    answer(entries, await options.engine.run(entries.map((entry) => entry.query)), options);
    return undefined;
  } catch (thrown) {
    return faultOf(thrown, entries.length);
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
