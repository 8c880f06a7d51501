/**
 * PickleMachine: the stack and the memo that the operations of a pickle work on.
 *
 * @module
 */

import { describe, Dict, List, type PickleValue } from "./pickle_value.ts";
import { Unfit } from "./unfit.ts";

/** torch fills dictionaries by a thousand items at a time. */
const DEEPEST_STACK = 100_000;
/** Enough for 50,000 tensors, which keep some ten values each. */
const MOST_KEPT = 1_000_000;

/** Values are never copied, and a mark shields what lies below it. */
export class PickleMachine {
  readonly #stack: PickleValue[] = [];
  /** The heights at which marks lie. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  push(value: PickleValue): void {
    if (this.#stack.length >= DEEPEST_STACK) {
      throw new Unfit(`its pickle may pile up at most ${DEEPEST_STACK} values`, "more");
    }
    this.#stack.push(value);
  }

  mark(): void {
    if (this.#marks.length >= DEEPEST_STACK) {
      throw new Unfit(`its pickle may nest at most ${DEEPEST_STACK} deep`, "more");
    }
    this.#marks.push(this.#stack.length);
  }

  /** The `count` values at the top, the topmost last. */
  take(count: number): PickleValue[] {
    if (this.#height < count) {
      throw new Unfit("its pickle takes values that are not there", `${this.#height} of ${count}`);
    }
    return this.#stack.splice(-count, count);
  }

  /** The values above the topmost mark, which goes away. */
  takeMarked(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) {
      throw new Unfit("its pickle takes values that are not there", "no mark");
    }
    return this.#stack.splice(mark);
  }

  pushList(): void {
    this.push(new List());
  }

  pushDict(): void {
    this.push(new Dict());
  }

  /** Adds values to the list at the top. */
  append(values: readonly PickleValue[]): void {
    const list = this.#top();
    if (!(list instanceof List)) throw new Unfit("only a list can be appended to", describe(list));
    for (const value of values) list.items.push(value);
  }

  /** Adds keys and values, in turn, to the dictionary at the top; of equal keys the last counts. */
  setItems(items: readonly PickleValue[]): void {
    const dict = this.#top();
    if (!(dict instanceof Dict)) throw new Unfit("only a dictionary has items", describe(dict));
    if (items.length % 2 > 0) throw new Unfit("a dictionary's key lacks a value", items.length);
    for (let i = 0; i < items.length; i += 2) dict.entries.set(keyOf(items[i]!), items[i + 1]!);
  }

  /** Drops the attributes of the dictionary below them: `_metadata`, versions of modules. */
  dropAttributes(): void {
    const [attributes] = this.take(1);
    const value = this.#top();
    if (value instanceof Dict && attributes instanceof Dict) return;
    throw new Unfit("only dictionaries may have attributes", describe(value));
  }

  /** Keeps the value at the top in the memo. */
  keep(index: number): void {
    if (this.#memo.size >= MOST_KEPT) {
      throw new Unfit(`its pickle may keep at most ${MOST_KEPT} values`, "more");
    }
    this.#memo.set(index, this.#top());
  }

  /** Pushes a value of the memo. */
  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Unfit("its pickle recalls what it never kept", index);
    this.push(value);
  }

  /** The only value that is left. */
  result(): PickleValue {
    const [value] = this.#stack;
    if (value !== undefined && this.#stack.length === 1 && this.#marks.length === 0) return value;
    throw new Unfit("its pickle must leave one value", this.#stack.length);
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value !== undefined && this.#height > 0) return value;
    throw new Unfit("its pickle takes values that are not there", "0 of 1");
  }

  /** How many values lie above the topmost mark. */
  get #height(): number {
    return this.#stack.length - (this.#marks.at(-1) ?? 0);
  }
}

/** Keys of other kinds, such as tuples, are equal in Python where they are not here. */
function keyOf(key: PickleValue): PickleValue {
  if (typeof key !== "object" || key === null) return key;
  throw new Unfit("a dictionary's keys must be texts or numbers", describe(key));
}
