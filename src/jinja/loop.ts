/**
 * The variable `loop`: what a template asks about the round of a loop that it is in.
 *
 * @module
 */

import { equals } from "./compare.ts";
import { typeError } from "./failure.ts";
import { type Arguments, Callable, Host, Tuple, Undefined, type Value } from "./values.ts";

/** What a loop goes over. */
export interface LoopOptions {
  readonly items: Iterator<Value>;
  /** The number of items, where it is known before they are asked for. */
  readonly length: number | undefined;
  /** How many loops that call themselves are around it. */
  readonly depth: number;
  /** Runs the loop again over other items, where it is recursive. */
  readonly again: ((given: Arguments, depth: number) => Value) | undefined;
}

/** A loop in one of its rounds. Items are asked for no sooner than the template does. */
export class Loop extends Host {
  readonly typeName = "LoopContext";
  readonly #options: LoopOptions;
  readonly #ahead: Value[] = [];
  #round = -1;
  #length: number | undefined;
  #before: Value | undefined;
  #current: Value | undefined;
  #changed: Value | undefined;

  constructor(options: LoopOptions) {
    super();
    this.#options = options;
    this.#length = options.length;
  }

  /** The item of the next round; undefined (JavaScript's) where there is none. */
  next(): Value | undefined {
    const item = this.#peek();
    if (item === undefined) return undefined;
    this.#ahead.shift();
    this.#round++;
    this.#before = this.#current;
    this.#current = item;
    return item;
  }

  override attribute(name: string): Value | undefined {
    return Object.hasOwn(this.#attributes, name) ? this.#attributes[name]!() : undefined;
  }

  override print(): string {
    return `<LoopContext ${this.#round + 1}/${this.#count()}>`;
  }

  override call(given: Arguments): Value {
    const { again, depth } = this.#options;
    if (again !== undefined) return again(given, depth + 1);
    throw typeError("The loop must have the 'recursive' marker to be called recursively.");
  }

  readonly #attributes: Readonly<Record<string, () => Value>> = {
    index0: () => BigInt(this.#round),
    index: () => BigInt(this.#round + 1),
    revindex0: () => BigInt(this.#count() - this.#round - 1),
    revindex: () => BigInt(this.#count() - this.#round),
    first: () => this.#round === 0,
    last: () => this.#peek() === undefined,
    length: () => BigInt(this.#count()),
    depth0: () => BigInt(this.#options.depth),
    depth: () => BigInt(this.#options.depth + 1),
    previtem: () =>
      this.#round === 0 ? new Undefined("there is no previous item") : this.#before ?? null,
    nextitem: () => this.#peek() ?? new Undefined("there is no next item"),
    cycle: () => new Callable("cycle", ({ positional }) => this.#cycle(positional)),
    changed: () => new Callable("changed", ({ positional }) => this.#isNew(positional)),
  };

  #peek(): Value | undefined {
    if (this.#ahead.length === 0) {
      const { value, done } = this.#options.items.next();
      if (done) return undefined;
      this.#ahead.push(value);
    }
    return this.#ahead[0];
  }

  /** The number of all items; those that only come when they are asked for are asked for. */
  #count(): number {
    if (this.#length === undefined) {
      for (let item = this.#options.items.next(); !item.done; item = this.#options.items.next()) {
        this.#ahead.push(item.value);
      }
      this.#length = this.#round + 1 + this.#ahead.length;
    }
    return this.#length;
  }

  #cycle(values: readonly Value[]): Value {
    if (values.length === 0) throw typeError("no items for cycling given");
    return values[this.#round % values.length]!;
  }

  #isNew(values: readonly Value[]): Value {
    const value = new Tuple(values);
    const changed = this.#changed === undefined || !equals(this.#changed, value);
    this.#changed = value;
    return changed;
  }
}
