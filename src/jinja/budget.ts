/**
 * Budget: what one rendering may spend, so that no template runs for ever or fills the memory.
 *
 * @module
 */

import { EngineFailure } from "./failure.ts";

/** What one rendering may spend. */
export interface Limits {
  /** Statements and expressions that are evaluated. */
  readonly steps: number;
  /** UTF-16 units, of the text and of every text on the way to it; an item of a list takes {@linkcode ITEM}. */
  readonly size: number;
  /** Macros and loops that call themselves. */
  readonly depth: number;
}

/** What an item of a list counts as: it takes that many times the memory and the time of a character. */
const ITEM = 16;

/** Several times what the largest conversations of published templates take. */
export const defaultLimits: Limits = { steps: 5_000_000, size: 2 ** 25, depth: 200 };

/** What is left of the limits. */
export class Budget {
  readonly #limits: Limits;
  #steps = 0;
  #written = 0;
  #depth = 0;

  constructor(limits: Limits = defaultLimits) {
    this.#limits = limits;
  }

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.#limits.steps) throw beyond(this.#limits.steps, "steps");
  }

  /** Text that is written, once for every block that it passes through. */
  write(length: number): void {
    this.#written += length;
    if (this.#written > this.#limits.size) throw beyond(this.#limits.size, "characters");
  }

  /** A list that is about to be made. */
  makeItems(count: number): void {
    this.make(count * ITEM);
  }

  /** A text that is about to be made; making it takes time too. */
  make(length: number): void {
    if (length > this.#limits.size) {
      throw beyond(this.#limits.size, "characters of one value");
    }
    this.step(Math.ceil(length / 64));
  }

  /** Runs what may call itself. */
  nested<Result>(run: () => Result): Result {
    if (++this.#depth > this.#limits.depth) throw beyond(this.#limits.depth, "calls within calls");
    const result = run();
    this.#depth--;
    return result;
  }
}

function beyond(limit: number, what: string): EngineFailure {
  return new EngineFailure(`the template takes more than ${limit} ${what}`);
}
