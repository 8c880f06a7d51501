/**
 * Line: the calls that wait for the engine, in the order of their turns, and what waits of each.
 *
 * @module
 */

import type { Call } from "./call.ts";
import type { Entry } from "./entry.ts";
import type { Flight } from "./flights.ts";
import type { BatchPlan } from "./plan.ts";

/** Who waits. A call leaves it when nothing of it waits any more. */
export class Line {
  /** A set keeps the order in which its members were added: who is added again stands at the end. */
  readonly #calls = new Set<Call>();
  readonly #callOf = new Map<Entry, Call>();
  #tokens = 0;

  /** The calls, in the order of their turns. */
  get calls(): readonly Call[] {
    return [...this.#calls];
  }

  /** Sequences that wait. */
  get length(): number {
    return this.#callOf.size;
  }

  /** Their tokens. */
  get tokens(): number {
    return this.#tokens;
  }

  /** When the oldest of the first sequences of its calls came; Infinity where none waits. */
  get oldestMs(): number {
    let oldest = Infinity;
    for (const { entries: [first] } of this.#calls) oldest = Math.min(oldest, first!.arrivedMs);
    return oldest;
  }

  has(entry: Entry): boolean {
    return this.#callOf.has(entry);
  }

  /** Puts entries on the account of a call, which joins at the end unless it waits already. */
  add(call: Call, entries: readonly Entry[]): void {
    if (entries.length === 0) return;
    for (const entry of entries) {
      this.#callOf.set(entry, call);
      this.#tokens += entry.tokens;
    }
    call.entries = [...call.entries, ...entries];
    this.#calls.add(call);
  }

  /** Takes out entries, wherever they wait. */
  remove(entries: Iterable<Entry>): void {
    const gone = new Set(entries);
    const calls = new Set<Call>();
    for (const entry of gone) {
      const call = this.#callOf.get(entry);
      if (call === undefined) continue;
      calls.add(call);
      this.#callOf.delete(entry);
      this.#tokens -= entry.tokens;
    }
    for (const call of calls) {
      call.entries = call.entries.filter((entry) => !gone.has(entry));
      if (call.entries.length === 0) this.#calls.delete(call);
    }
  }

  /** Puts each of these on the account of who pays now, or takes it out where nobody does. */
  settle(flights: readonly Flight[]): void {
    const astray = flights.filter(({ entry, payer }) => this.#callOf.get(entry) !== payer);
    this.remove(astray.map(({ entry }) => entry));
    for (const [payer, paid] of Map.groupBy(astray, ({ payer }) => payer)) {
      if (payer !== undefined) this.add(payer, paid.map(({ entry }) => entry));
    }
  }

  /** Takes out a batch; calls that had their turn go to the end. */
  take({ batch, served }: BatchPlan<Entry, Call>): void {
    this.remove(batch);
    for (const call of served) {
      if (this.#calls.delete(call)) this.#calls.add(call);
    }
  }
}
